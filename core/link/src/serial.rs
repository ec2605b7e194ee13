//! Serial lines.

use std::time::Duration;

use greenlane_driver::LinkKind;
use serialport::{DataBits, Parity, StopBits};
use tokio_serial::{SerialPortBuilderExt, SerialStream};

use crate::keep::Link;
use crate::outlet::Outlet;
use crate::{Backoff, Ops, SerialLine, stream};

/// A line to one device.
pub struct Serial {
    /// The line.
    pub line: SerialLine,
    /// How its bytes are cut.
    pub kind: LinkKind,
    /// Longest wait for the line to take what is written.
    pub timeout: Duration,
}

impl Link for Serial {
    type Open = SerialStream;

    async fn open(&self) -> Result<SerialStream, String> {
        open(&self.line)
    }

    async fn serve(
        &self,
        open: SerialStream,
        outlet: &Outlet,
        ops: &mut Ops,
        backoff: &mut Backoff,
    ) -> String {
        stream::pump(open, &self.kind, self.timeout, outlet, ops, backoff).await
    }
}

/// Opens the line, for us alone. The error is a sentence.
pub fn open(line: &SerialLine) -> Result<SerialStream, String> {
    tokio_serial::new(&line.path, line.baud)
        .parity(line.parity)
        .data_bits(line.data)
        .stop_bits(line.stop)
        .open_native_async()
        .map_err(|error| format!("cannot open {}: {error}", line.path))
}

/// How long one character takes on the line.
pub fn character_time(line: &SerialLine) -> Duration {
    let data = match line.data {
        DataBits::Five => 5,
        DataBits::Six => 6,
        DataBits::Seven => 7,
        DataBits::Eight => 8,
    };
    let parity = u32::from(line.parity != Parity::None);
    let stop = if line.stop == StopBits::One { 1 } else { 2 };
    Duration::from_secs_f64(f64::from(1 + data + parity + stop) / f64::from(line.baud.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_eight_even_one_character_at_19200_baud_takes_eleven_bits() {
        let line = SerialLine {
            path: "/dev/ttyS0".into(),
            baud: 19200,
            parity: Parity::Even,
            data: DataBits::Eight,
            stop: StopBits::One,
        };
        assert_eq!(character_time(&line).as_micros(), 572);
    }
}
