//! A pseudo-terminal: the link opens one end by its path, the test plays the device at the other.

use std::fs::File;
use std::io::{Read, Write};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

pub struct Pty {
    pub path: String,
    master: File,
}

impl Pty {
    pub fn open() -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        Self { path, master: File::from(master) }
    }

    /// What the link writes, chunk by chunk. The reading thread ends with the receiver.
    pub fn heard(&self) -> mpsc::Receiver<Vec<u8>> {
        let mut master = self.master.try_clone().unwrap();
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut chunk = [0; 512];
            loop {
                match master.read(&mut chunk) {
                    Ok(0) => return,
                    Ok(count) => {
                        if sender.send(chunk[..count].to_vec()).is_err() {
                            return;
                        }
                    }
                    // Nobody has the other end open: look again soon.
                    Err(_) => thread::sleep(Duration::from_millis(1)),
                }
            }
        });
        receiver
    }

    pub fn say(&mut self, bytes: &[u8]) {
        self.master.write_all(bytes).unwrap();
    }
}
