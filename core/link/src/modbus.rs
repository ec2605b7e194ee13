//! Modbus TCP and RTU: one bus, several devices, one question at a time.

use std::time::Duration;

use greenlane_driver::Request;
use tokio::io::AsyncReadExt;
use tokio_modbus::client::{Client, Context, rtu, tcp as modbus_tcp};
use tokio_modbus::{Request as Pdu, Response, Slave, slave::SlaveContext};
use tokio_serial::SerialStream;

use crate::keep::Link;
use crate::outlet::Outlet;
use crate::record::request_text;
use crate::{Backoff, Clock, Event, Op, Ops, OwnedAnswer, SerialLine, serial, tcp};

/// The Modbus exception "illegal data value": the answer to a request that no device may be asked.
const ILLEGAL_DATA_VALUE: u8 = 3;

/// A bus with its longest wait for an answer.
///
/// After a time-out or an answer that does not fit, the connection is dropped and opened anew: a late reply
/// would else be taken for the answer to a later question.
pub struct Modbus {
    /// Where it is.
    pub bus: Bus,
    /// Longest wait for an answer.
    pub request_timeout: Duration,
}

/// The two kinds of bus.
pub enum Bus {
    /// Modbus TCP.
    Tcp {
        /// `host:port`.
        address: String,
        /// Longest wait for a connection.
        connect_timeout: Duration,
    },
    /// Modbus RTU.
    Rtu(SerialLine),
}

impl Link for Modbus {
    type Open = Context;

    async fn open(&self) -> Result<Context, String> {
        match &self.bus {
            Bus::Tcp { address, connect_timeout } => {
                tcp::connect(address, *connect_timeout).await.map(modbus_tcp::attach)
            }
            Bus::Rtu(line) => {
                let mut port = serial::open(line)?;
                drain(&mut port, line, self.request_timeout).await?;
                Ok(rtu::attach(port))
            }
        }
    }

    async fn serve(&self, mut bus: Context, outlet: &Outlet, ops: &mut Ops, backoff: &mut Backoff) -> String {
        while let Some((member, op)) = ops.recv().await {
            let Op::Modbus { id, request } = &op else {
                tracing::warn!("a Modbus link can only ask; ignored {op:?}");
                continue;
            };
            let sent = Clock::now();
            outlet.sent(sent, member, &op);
            let outcome = ask(&mut bus, request, self.request_timeout).await;
            let received = Clock::now();
            let (answer, failure) = match outcome {
                Ok(answer) => (answer, None),
                Err(reason) => (OwnedAnswer::Timeout, Some(reason)),
            };
            outlet.emit(received, member, Event::Reply { id: *id, sent, received, answer }).await;
            match failure {
                None => backoff.reset(),
                Some(reason) => return reason,
            }
        }
        std::future::pending().await
    }
}

/// RTU replies carry no number, so a late one can only be told from the next by silence: what still comes is
/// thrown away until the line was quiet for as long as an answer may take.
async fn drain(port: &mut SerialStream, line: &SerialLine, request_timeout: Duration) -> Result<(), String> {
    const PATIENCE: u32 = 10;
    let quiet = request_timeout.max(serial::character_time(line).mul_f64(3.5));
    let patience = tokio::time::Instant::now() + quiet * PATIENCE;
    let mut late = [0; 256];
    while tokio::time::Instant::now() < patience {
        match tokio::time::timeout(quiet, port.read(&mut late)).await {
            Err(_) => return Ok(()),
            Ok(Ok(0)) => return Err(format!("{} was closed", line.path)),
            Ok(Ok(count)) => tracing::debug!("{count} late bytes on {}", line.path),
            Ok(Err(error)) => return Err(format!("cannot read {}: {error}", line.path)),
        }
    }
    Err(format!("bytes keep coming unasked on {}; there may be another master", line.path))
}

/// Asks one question; the error is a sentence and means that the connection is not to be used again.
async fn ask(bus: &mut Context, request: &Request, timeout: Duration) -> Result<OwnedAnswer, String> {
    let Some((unit, pdu)) = pdu(request) else { return Ok(OwnedAnswer::Exception(ILLEGAL_DATA_VALUE)) };
    bus.set_slave(Slave(unit));
    match tokio::time::timeout(timeout, bus.call(pdu)).await {
        Err(_) => Err(format!("no answer within {} ms to {}", timeout.as_millis(), request_text(request))),
        Ok(Err(error)) => Err(format!("asking failed: {error}")),
        Ok(Ok(Err(exception))) => Ok(OwnedAnswer::Exception(exception.into())),
        Ok(Ok(Ok(response))) => answer(request, response)
            .ok_or_else(|| format!("an answer that does not fit came to {}", request_text(request))),
    }
}

/// The unit and the question, or `None` when its size is outside what the protocol allows (Modbus
/// Application Protocol 1.1b3: 2000 bits or 125 registers read, 1968 bits or 123 registers written).
fn pdu(request: &Request) -> Option<(u8, Pdu<'_>)> {
    let within = |count: usize, most: usize| (1..=most).contains(&count).then_some(());
    Some(match request {
        Request::ReadCoils { unit, address, count } => {
            within(usize::from(*count), 2000)?;
            (*unit, Pdu::ReadCoils(*address, *count))
        }
        Request::ReadDiscreteInputs { unit, address, count } => {
            within(usize::from(*count), 2000)?;
            (*unit, Pdu::ReadDiscreteInputs(*address, *count))
        }
        Request::ReadHoldingRegisters { unit, address, count } => {
            within(usize::from(*count), 125)?;
            (*unit, Pdu::ReadHoldingRegisters(*address, *count))
        }
        Request::ReadInputRegisters { unit, address, count } => {
            within(usize::from(*count), 125)?;
            (*unit, Pdu::ReadInputRegisters(*address, *count))
        }
        Request::WriteCoil { unit, address, on } => (*unit, Pdu::WriteSingleCoil(*address, *on)),
        Request::WriteCoils { unit, address, on } => {
            within(on.len(), 1968)?;
            (*unit, Pdu::WriteMultipleCoils(*address, on.into()))
        }
        Request::WriteRegister { unit, address, value } => {
            (*unit, Pdu::WriteSingleRegister(*address, *value))
        }
        Request::WriteRegisters { unit, address, values } => {
            within(values.len(), 123)?;
            (*unit, Pdu::WriteMultipleRegisters(*address, values.into()))
        }
    })
}

/// The answer, when it is one to `request`: the right number of values, the right address echoed.
fn answer(request: &Request, response: Response) -> Option<OwnedAnswer> {
    let bits = |mut bits: Vec<bool>, count: u16| {
        // The wire carries whole bytes.
        let count = usize::from(count);
        (bits.len() == count.next_multiple_of(8) || bits.len() == count).then(|| {
            bits.truncate(count);
            OwnedAnswer::Bits(bits)
        })
    };
    let registers = |values: Vec<u16>, count: u16| {
        (values.len() == usize::from(count)).then_some(OwnedAnswer::Registers(values))
    };
    let written = |fits: bool| fits.then_some(OwnedAnswer::Written);
    match (request, response) {
        (Request::ReadCoils { count, .. }, Response::ReadCoils(values))
        | (Request::ReadDiscreteInputs { count, .. }, Response::ReadDiscreteInputs(values)) => {
            bits(values, *count)
        }
        (Request::ReadHoldingRegisters { count, .. }, Response::ReadHoldingRegisters(values))
        | (Request::ReadInputRegisters { count, .. }, Response::ReadInputRegisters(values)) => {
            registers(values, *count)
        }
        (Request::WriteCoil { address, on, .. }, Response::WriteSingleCoil(at, value)) => {
            written((at, value) == (*address, *on))
        }
        (Request::WriteRegister { address, value, .. }, Response::WriteSingleRegister(at, echoed)) => {
            written((at, echoed) == (*address, *value))
        }
        (Request::WriteCoils { address, on, .. }, Response::WriteMultipleCoils(at, count)) => {
            written((at, usize::from(count)) == (*address, on.len()))
        }
        (Request::WriteRegisters { address, values, .. }, Response::WriteMultipleRegisters(at, count)) => {
            written((at, usize::from(count)) == (*address, values.len()))
        }
        _ => None,
    }
}
