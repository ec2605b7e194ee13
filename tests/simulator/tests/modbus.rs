//! Register maps against the makers' manuals, and faults.

use greenlane_simulator::modbus::{Bank, BankFault, BankModel, ModbusReply, ModbusRequest as R};
use proptest::prelude::*;

fn ask(bank: &mut Bank, request: &R) -> ModbusReply {
    bank.handle(request).reply.unwrap_or_else(|| panic!("no answer to {request:?}"))
}

fn bits(states: &[u8]) -> ModbusReply {
    ModbusReply::Bits(states.iter().map(|state| *state == 1).collect())
}

fn pulses(bank: &mut Bank, point: usize, count: u32) {
    for _ in 0..count {
        bank.set_input(point, true);
        bank.set_input(point, false);
    }
}

#[test]
fn moxa_inputs_counters_and_outputs_stand_where_the_manual_says() {
    let mut bank = Bank::new(BankModel::MoxaE1212);
    bank.set_input(1, true);
    bank.set_input(2, true);
    assert_eq!(ask(&mut bank, &R::ReadDiscreteInputs { address: 0, count: 4 }), bits(&[0, 1, 1, 0]));
    assert_eq!(
        ask(&mut bank, &R::ReadInputRegisters { address: 48, count: 1 }),
        ModbusReply::Registers(vec![6])
    );
    bank.inject(BankFault::Counter(0, 0x0001_0000));
    pulses(&mut bank, 0, 2);
    // High word first.
    assert_eq!(
        ask(&mut bank, &R::ReadInputRegisters { address: 16, count: 2 }),
        ModbusReply::Registers(vec![1, 2])
    );
    assert_eq!(ask(&mut bank, &R::WriteCoil { address: 272, value: false }), ModbusReply::Exception(3));
    assert_eq!(ask(&mut bank, &R::WriteCoil { address: 272, value: true }), ModbusReply::Written);
    assert_eq!(
        ask(&mut bank, &R::ReadInputRegisters { address: 16, count: 2 }),
        ModbusReply::Registers(vec![0, 0])
    );
    assert_eq!(ask(&mut bank, &R::WriteCoil { address: 1, value: true }), ModbusReply::Written);
    assert_eq!(
        ask(&mut bank, &R::ReadHoldingRegisters { address: 32, count: 1 }),
        ModbusReply::Registers(vec![2])
    );
    assert_eq!(ask(&mut bank, &R::WriteRegister { address: 32, value: 5 }), ModbusReply::Written);
    assert_eq!(ask(&mut bank, &R::ReadCoils { address: 0, count: 3 }), bits(&[1, 0, 1]));
    let name = ModbusReply::Registers(vec![u16::from_be_bytes(*b"E1"), u16::from_be_bytes(*b"21")]);
    assert_eq!(ask(&mut bank, &R::ReadInputRegisters { address: 5000, count: 2 }), name);
}

#[test]
fn adam_counters_have_the_low_word_first_and_outputs_start_at_17() {
    let mut bank = Bank::new(BankModel::Adam6050);
    bank.set_input(11, true);
    assert_eq!(ask(&mut bank, &R::ReadCoils { address: 10, count: 2 }), bits(&[0, 1]));
    assert_eq!(
        ask(&mut bank, &R::ReadHoldingRegisters { address: 300, count: 1 }),
        ModbusReply::Registers(vec![2048])
    );
    bank.inject(BankFault::Counter(3, 0x0001_0001));
    pulses(&mut bank, 3, 1);
    assert_eq!(
        ask(&mut bank, &R::ReadHoldingRegisters { address: 6, count: 2 }),
        ModbusReply::Registers(vec![2, 1])
    );
    // 00032 + 4n: start, clear, overflow, latch.
    assert_eq!(ask(&mut bank, &R::WriteCoil { address: 32 + 4 * 3 + 1, value: true }), ModbusReply::Written);
    assert_eq!(
        ask(&mut bank, &R::ReadHoldingRegisters { address: 6, count: 2 }),
        ModbusReply::Registers(vec![0, 0])
    );
    assert_eq!(ask(&mut bank, &R::WriteCoil { address: 16, value: true }), ModbusReply::Written);
    assert!(bank.output(0));
    assert_eq!(ask(&mut bank, &R::WriteCoil { address: 22, value: true }), ModbusReply::Exception(2));
}

#[test]
fn wago_outputs_are_written_low_and_read_back_high() {
    let mut bank = Bank::new(BankModel::Wago750352);
    assert_eq!(ask(&mut bank, &R::WriteCoil { address: 3, value: true }), ModbusReply::Written);
    assert_eq!(ask(&mut bank, &R::ReadCoils { address: 0x200, count: 4 }), bits(&[0, 0, 0, 1]));
    assert_eq!(ask(&mut bank, &R::ReadCoils { address: 0, count: 4 }), bits(&[0, 0, 0, 0]));
    assert_eq!(ask(&mut bank, &R::WriteRegister { address: 0x1000, value: 5 }), ModbusReply::Written);
    bank.tick(400_000_000);
    assert!(bank.output(3));
    bank.tick(600_000_000);
    assert!(!bank.output(3), "500 ms without a request and no trip");
    assert_eq!(
        ask(&mut bank, &R::ReadHoldingRegisters { address: 0x1006, count: 1 }),
        ModbusReply::Registers(vec![1])
    );
    assert_eq!(ask(&mut bank, &R::WriteRegister { address: 0x1007, value: 1 }), ModbusReply::Written);
    assert_eq!(
        ask(&mut bank, &R::ReadHoldingRegisters { address: 0x1006, count: 1 }),
        ModbusReply::Registers(vec![0])
    );
}

#[test]
fn icp_safe_values_hold_after_a_trip_and_trips_are_counted() {
    let mut bank = Bank::new(BankModel::IcpEt7000);
    assert_eq!(
        ask(&mut bank, &R::WriteCoils { address: 515, values: vec![true, false] }),
        ModbusReply::Written
    );
    assert_eq!(
        ask(&mut bank, &R::WriteCoils { address: 0, values: vec![false, true] }),
        ModbusReply::Written
    );
    bank.inject(BankFault::TripWatchdog);
    assert_eq!(ask(&mut bank, &R::ReadCoils { address: 0, count: 2 }), bits(&[1, 0]));
    assert_eq!(
        ask(&mut bank, &R::ReadHoldingRegisters { address: 558, count: 1 }),
        ModbusReply::Registers(vec![1])
    );
}

#[test]
fn addresses_outside_the_map_are_exception_2_and_bad_lengths_exception_3() {
    for model in MODELS {
        let mut bank = Bank::new(model);
        for address in [0x7000, u16::MAX] {
            for request in [
                R::ReadCoils { address, count: 1 },
                R::ReadDiscreteInputs { address, count: 1 },
                R::ReadHoldingRegisters { address, count: 2 },
                R::ReadInputRegisters { address, count: 2 },
                R::WriteCoil { address, value: true },
                R::WriteRegisters { address, values: vec![0, 0] },
            ] {
                assert_eq!(ask(&mut bank, &request), ModbusReply::Exception(2), "{model:?} {request:?}");
            }
        }
        assert_eq!(ask(&mut bank, &R::ReadCoils { address: 0, count: 0 }), ModbusReply::Exception(3));
        assert_eq!(
            ask(&mut bank, &R::ReadHoldingRegisters { address: 0, count: 126 }),
            ModbusReply::Exception(3)
        );
    }
}

#[test]
fn faults_do_what_they_say() {
    let mut bank = Bank::new(BankModel::MoxaE1214);
    let read = R::ReadDiscreteInputs { address: 0, count: 1 };
    bank.inject(BankFault::Exception { code: 6, requests: 1 });
    assert_eq!(ask(&mut bank, &read), ModbusReply::Exception(6));
    bank.inject(BankFault::Silent(1));
    assert_eq!(bank.handle(&read).reply, None);
    bank.inject(BankFault::Delay(7));
    assert_eq!(bank.handle(&read).delay_ns, 7);
    bank.inject(BankFault::Stuck(0, Some(true)));
    bank.set_input(0, false);
    assert_eq!(ask(&mut bank, &read), bits(&[1]));
    bank.inject(BankFault::Stuck(0, None));
    bank.set_input(0, false);
    assert_eq!(ask(&mut bank, &read), bits(&[0]));
    bank.inject(BankFault::Counter(0, u32::MAX));
    pulses(&mut bank, 0, 1);
    assert_eq!(
        ask(&mut bank, &R::ReadInputRegisters { address: 16, count: 2 }),
        ModbusReply::Registers(vec![0, 0])
    );
    assert_eq!(ask(&mut bank, &R::ReadDiscreteInputs { address: 1000, count: 1 }), bits(&[1]));
    bank.inject(BankFault::Restart);
    assert_eq!(ask(&mut bank, &R::ReadDiscreteInputs { address: 1000, count: 1 }), bits(&[0]));
}

#[test]
fn a_watchdog_is_armed_by_the_first_request() {
    let mut bank = Bank::new(BankModel::MoxaE1212).with_watchdog(1000, &[true]);
    bank.tick(1_000_000);
    assert!(!bank.output(0));
    ask(&mut bank, &R::ReadCoils { address: 0, count: 1 });
    bank.tick(1_000_900);
    assert!(!bank.output(0));
    bank.tick(1_002_000);
    assert!(bank.output(0), "red is the safe state");
    assert_eq!(ask(&mut bank, &R::ReadCoils { address: 4144, count: 1 }), bits(&[1]));
    assert_eq!(ask(&mut bank, &R::WriteCoil { address: 4144, value: true }), ModbusReply::Written);
    assert_eq!(ask(&mut bank, &R::ReadCoils { address: 4144, count: 1 }), bits(&[0]));
}

const MODELS: [BankModel; 7] = [
    BankModel::MoxaE1210,
    BankModel::MoxaE1212,
    BankModel::MoxaE1214,
    BankModel::Adam6050,
    BankModel::Adam6051,
    BankModel::Wago750352,
    BankModel::IcpEt7000,
];

fn any_request() -> impl Strategy<Value = R> {
    // Small addresses are tried more often: that is where the points are.
    let address = prop_oneof![0..600u16, any::<u16>()];
    let count = prop_oneof![0..40u16, any::<u16>()];
    (0..8u8, address, count, any::<u64>()).prop_map(|(kind, address, count, bits)| {
        let many = usize::from(count).min(2100);
        match kind {
            0 => R::ReadCoils { address, count },
            1 => R::ReadDiscreteInputs { address, count },
            2 => R::ReadHoldingRegisters { address, count },
            3 => R::ReadInputRegisters { address, count },
            4 => R::WriteCoil { address, value: bits & 1 == 1 },
            5 => R::WriteCoils { address, values: (0..many).map(|n| bits >> (n % 64) & 1 == 1).collect() },
            6 => R::WriteRegister { address, value: bits as u16 },
            _ => {
                R::WriteRegisters { address, values: (0..many).map(|n| (bits >> (n % 49)) as u16).collect() }
            }
        }
    })
}

proptest! {
    #[test]
    fn no_request_breaks_a_bank_and_reads_are_as_long_as_asked(
        model in proptest::sample::select(&MODELS), requests in prop::collection::vec(any_request(), 1..40),
    ) {
        let mut bank = Bank::new(model);
        for (n, request) in requests.iter().enumerate() {
            bank.tick(n as u64 * 700_000_000);
            let reply = ask(&mut bank, request);
            let fits = match (&reply, request) {
                (ModbusReply::Bits(bits), R::ReadCoils { count, .. } | R::ReadDiscreteInputs { count, .. }) => {
                    bits.len() == usize::from(*count)
                }
                (
                    ModbusReply::Registers(words),
                    R::ReadHoldingRegisters { count, .. } | R::ReadInputRegisters { count, .. },
                ) => words.len() == usize::from(*count),
                (ModbusReply::Exception(code), _) => (1..=3).contains(code),
                (ModbusReply::Written, R::WriteCoil { .. } | R::WriteCoils { .. }) => true,
                (ModbusReply::Written, R::WriteRegister { .. } | R::WriteRegisters { .. }) => true,
                _ => false,
            };
            prop_assert!(fits, "{:?}: {:?} -> {:?}", model, request, reply);
        }
    }
}
