//! A Modbus TCP server in front of an I/O module of the lane.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_modbus::server::Service;
use tokio_modbus::server::tcp::Server;
use tokio_modbus::{ExceptionCode, Request, Response, SlaveRequest};

use super::Shared;
use crate::modbus::{ModbusAnswer, ModbusReply, ModbusRequest};

/// Serves a module until the task is aborted.
pub(super) async fn serve(listener: TcpListener, lane: Shared, device: &'static str) {
    let on_connected = |stream: tokio::net::TcpStream, _| {
        let _ = stream.set_nodelay(true);
        let service = Module { lane: lane.clone(), device };
        async move { Ok(Some((service, stream))) }
    };
    let on_error = move |error| tracing::debug!(device, %error, "Modbus connection ended");
    if let Err(error) = Server::new(listener).serve(&on_connected, on_error).await {
        tracing::warn!(device, %error, "Modbus server ended");
    }
}

struct Module {
    lane: Shared,
    device: &'static str,
}

impl Service for Module {
    type Request = SlaveRequest<'static>;
    type Response = Option<Response>;
    type Exception = ExceptionCode;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Exception>> + Send>>;

    fn call(&self, adu: Self::Request) -> Self::Future {
        let Some(request) = request(&adu.request) else {
            return Box::pin(std::future::ready(Err(ExceptionCode::IllegalFunction)));
        };
        let answer = self.lane.lock().modbus(self.device, adu.slave, &request);
        Box::pin(async move {
            let Some(ModbusAnswer { reply: Some(reply), delay_ns }) = answer else { return Ok(None) };
            if delay_ns > 0 {
                tokio::time::sleep(Duration::from_nanos(delay_ns)).await;
            }
            response(&request, reply).map(Some)
        })
    }
}

fn request(request: &Request<'_>) -> Option<ModbusRequest> {
    Some(match request {
        Request::ReadCoils(address, count) => ModbusRequest::ReadCoils { address: *address, count: *count },
        Request::ReadDiscreteInputs(address, count) => {
            ModbusRequest::ReadDiscreteInputs { address: *address, count: *count }
        }
        Request::ReadHoldingRegisters(address, count) => {
            ModbusRequest::ReadHoldingRegisters { address: *address, count: *count }
        }
        Request::ReadInputRegisters(address, count) => {
            ModbusRequest::ReadInputRegisters { address: *address, count: *count }
        }
        Request::WriteSingleCoil(address, value) => {
            ModbusRequest::WriteCoil { address: *address, value: *value }
        }
        Request::WriteMultipleCoils(address, values) => {
            ModbusRequest::WriteCoils { address: *address, values: values.to_vec() }
        }
        Request::WriteSingleRegister(address, value) => {
            ModbusRequest::WriteRegister { address: *address, value: *value }
        }
        Request::WriteMultipleRegisters(address, values) => {
            ModbusRequest::WriteRegisters { address: *address, values: values.to_vec() }
        }
        _ => return None,
    })
}

fn response(request: &ModbusRequest, reply: ModbusReply) -> Result<Response, ExceptionCode> {
    use ModbusRequest as R;
    Ok(match (request, reply) {
        (_, ModbusReply::Exception(code)) => return Err(ExceptionCode::new(code)),
        (R::ReadCoils { .. }, ModbusReply::Bits(bits)) => Response::ReadCoils(bits),
        (_, ModbusReply::Bits(bits)) => Response::ReadDiscreteInputs(bits),
        (R::ReadHoldingRegisters { .. }, ModbusReply::Registers(words)) => {
            Response::ReadHoldingRegisters(words)
        }
        (_, ModbusReply::Registers(words)) => Response::ReadInputRegisters(words),
        (R::WriteCoil { address, value }, ModbusReply::Written) => {
            Response::WriteSingleCoil(*address, *value)
        }
        (R::WriteCoils { address, values }, ModbusReply::Written) => {
            Response::WriteMultipleCoils(*address, values.len() as u16)
        }
        (R::WriteRegister { address, value }, ModbusReply::Written) => {
            Response::WriteSingleRegister(*address, *value)
        }
        (R::WriteRegisters { address, values }, ModbusReply::Written) => {
            Response::WriteMultipleRegisters(*address, values.len() as u16)
        }
        // A bank answers a read with bits or registers and only a write with `Written`.
        (_, ModbusReply::Written) => return Err(ExceptionCode::ServerDeviceFailure),
    })
}
