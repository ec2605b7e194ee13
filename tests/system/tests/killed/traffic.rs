//! Vehicles and container numbers without end, whether or not anybody listens.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use greenlane_system::{Portal, free_port, guarded_lane, post};

const PATH: &str = "/ocr";
const SAMPLE: Duration = Duration::from_millis(40);
const SAMPLES: u32 = 10;
const GAP: Duration = Duration::from_millis(300);
/// Two cameras that post one after the other.
const CAMERAS: u32 = 2;
const BETWEEN_POSTS: Duration = Duration::from_millis(20);

pub struct Traffic {
    portal: Arc<Portal>,
    port: u16,
    answered: Arc<Mutex<BTreeSet<String>>>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Traffic {
    pub fn start() -> Self {
        let (portal, port) = (Arc::new(Portal::open()), free_port());
        let (answered, stop) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let mut traffic = Self { portal, port, answered, stop, threads: Vec::new() };
        let (portal, stop) = (Arc::clone(&traffic.portal), Arc::clone(&traffic.stop));
        traffic.threads.push(std::thread::spawn(move || drive(&portal, &stop)));
        let numbers = Arc::new(AtomicU32::new(0));
        for _ in 0..CAMERAS {
            let (answered, stop) = (Arc::clone(&traffic.answered), Arc::clone(&traffic.stop));
            let numbers = Arc::clone(&numbers);
            traffic.threads.push(std::thread::spawn(move || read(port, &numbers, &answered, &stop)));
        }
        traffic
    }

    /// Every number whose post was answered with 2xx.
    pub fn acknowledged(&self) -> BTreeSet<String> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            thread.join().expect("the traffic does not panic");
        }
    }

    pub fn guarded_lane(&self, io: &str) -> String {
        guarded_lane(&self.portal.link(), io)
    }

    pub fn camera_lane(&self) -> String {
        let port = self.port;
        format!(
            r#"[lane]
name = "cam-01"
max_speed_kmh = 17

[[device]]
name = "camera"
model = "http.ocr"
link = "http://127.0.0.1:{port}{PATH}"
at_m = 3.0
settings = {{ map = "vaxtor" }}
"#
        )
    }
}

fn drive(portal: &Portal, stop: &AtomicBool) {
    for vehicle in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        portal.background();
        std::thread::sleep(GAP);
        portal.vehicle_at(vehicle, SAMPLES, SAMPLE);
    }
}

fn read(port: u16, numbers: &AtomicU32, answered: &Mutex<BTreeSet<String>>, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let number = format!("ABCU{:07}", numbers.fetch_add(1, Ordering::Relaxed));
        let body = format!(
            r#"{{"container": "{number}", "size_type": "22G1", "confidence": "97", "confidence_code": "1"}}"#
        );
        if post(port, PATH, &body).is_some_and(|status| status / 100 == 2) {
            answered.lock().unwrap_or_else(PoisonError::into_inner).insert(number);
        }
        std::thread::sleep(BETWEEN_POSTS);
    }
}
