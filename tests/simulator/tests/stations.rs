//! Further portals: a spectrometer that sends documents, a portal that is polled.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic too")]

mod common;

use common::{Log, S, run, scenario};
use greenlane_simulator::layout::{Make, Station, Zone};
use greenlane_simulator::modbus::{ModbusAnswer, ModbusReply, ModbusRequest};
use greenlane_simulator::rs350::Rs350Fault;
use greenlane_simulator::spectrum::{CHANNELS, Emitter, KEV_PER_CHANNEL, Origin, shape};
use greenlane_simulator::vehicle::Source;
use greenlane_simulator::wire::{Ports, Wires};
use greenlane_simulator::yantar::{UNIT, YantarFault};
use greenlane_simulator::{
    Endpoints, LaneLayout, LaneSeed, Options, StationFault, TrafficPlan, VirtualEvent, VirtualLane, device,
    lane_toml, stations_toml,
};
use tokio::io::AsyncReadExt;

fn layout() -> LaneLayout {
    let zone = Zone { at_m: 25.0, length_m: 1.0 };
    let station = |device, make| Station { device, make, zone };
    let stations = vec![station(device::SPECTROMETER, Make::Rs350), station(device::POLLED, Make::Yantar)];
    LaneLayout { stations, ..LaneLayout::default() }
}

fn lane(name: &str) -> VirtualLane {
    let seed = LaneSeed { seed: 7, lane: 0 };
    VirtualLane::new(&scenario(name), &layout(), Options { seed, utc_start_ns: 0, images: false })
}

/// The documents in what the spectrometer sent, without the bytes around them.
fn documents(log: &Log) -> Vec<String> {
    let mut bytes = Vec::new();
    for (_, device, event) in log {
        if let (&device::SPECTROMETER, VirtualEvent::Frame(frame)) = (device, event) {
            bytes.extend_from_slice(frame);
        }
    }
    let frames = bytes.split(|byte| *byte == 2).skip(1);
    frames
        .map(|frame| String::from_utf8_lossy(frame.strip_suffix(&[3]).unwrap_or(frame)).into_owned())
        .collect()
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> &'a str {
    let from = text.find(open).unwrap_or_else(|| panic!("no {open} in {text}")) + open.len();
    &text[from..from + text[from..].find(close).unwrap()]
}

fn registers(lane: &mut VirtualLane, unit: u8, address: u16, count: u16) -> Option<ModbusReply> {
    let request = ModbusRequest::ReadHoldingRegisters { address, count };
    lane.modbus(device::POLLED, unit, &request).and_then(|ModbusAnswer { reply, .. }| reply)
}

#[test]
fn stations_change_nothing_of_the_first_portal() {
    let options = Options { seed: LaneSeed { seed: 7, lane: 0 }, utc_start_ns: 0, images: false };
    let mut plain = VirtualLane::new(&scenario("dense"), &LaneLayout::default(), options);
    let portal = |log: Log| -> Log { log.into_iter().filter(|(_, d, _)| *d == device::PORTAL).collect() };
    let expected = portal(run(&mut plain, 300 * S, 10_000_000, true));
    assert_eq!(portal(run(&mut lane("dense"), 300 * S, 10_000_000, true)), expected);
}

#[test]
fn the_spectrometer_sends_one_document_a_second_whose_parts_agree() {
    let documents = documents(&run(&mut lane("dense"), 300 * S, 10_000_000, true));
    assert_eq!(documents.len(), 300);
    let backgrounds = documents.iter().filter(|text| text.contains(">Background<")).count();
    assert!((5..=10).contains(&backgrounds), "{backgrounds}");
    let (mut occupied, mut alarms) = (0, 0);
    for text in &documents {
        let foreground = &text[text.find("id=\"Fg\"").unwrap()..];
        let sum = |open: &str| -> u32 {
            between(foreground, open, "</ChannelData>").split(' ').map(|n| n.parse::<u32>().unwrap()).sum()
        };
        let gross: u32 = between(foreground, "<CountData>", "<").parse().unwrap();
        assert_eq!(sum("<ChannelData>"), gross);
        occupied += u32::from(text.contains("<OccupancyIndicator>true"));
        alarms += u32::from(text.contains("<RadAlarm "));
        assert_eq!(text.contains("<RadAlarm "), text.contains("<DerivedData"));
    }
    assert!(occupied > 100 && alarms > 3 && alarms < occupied, "{occupied} occupied, {alarms} alarms");
}

#[test]
fn spectra_have_their_peaks_where_the_lines_are_and_as_wide_as_the_crystal_makes_them() {
    for (emitter, energy, fwhm) in [
        (Emitter::Cs137, 661.7, 49.6),
        (Emitter::K40, 1460.8, 73.7),
        (Emitter::Tc99m, 140.5, 22.9),
        (Emitter::Th232, 2614.5, 98.6),
    ] {
        let shape = shape(Origin::source(emitter, 0.0));
        assert!((shape.iter().sum::<f64>() - 1.0).abs() < 1e-9 && shape.iter().all(|share| *share >= 0.0));
        let channel = |kev: f64| (kev / KEV_PER_CHANNEL) as usize;
        let window = channel(energy - fwhm)..channel(energy + fwhm);
        let top = window.clone().max_by(|a, b| shape[*a].total_cmp(&shape[*b])).unwrap();
        let kev = (top as f64 + 0.5) * KEV_PER_CHANNEL;
        assert!((kev - energy).abs() < 0.15 * fwhm, "{emitter:?}: {kev}");
        let above = window.filter(|n| shape[*n] > 0.5 * shape[top]).count() as f64 * KEV_PER_CHANNEL;
        assert!((0.8..1.4).contains(&(above / fwhm)), "{emitter:?}: {above} keV wide");
    }
    assert!(shape(Origin::Background)[CHANNELS - 40..].iter().sum::<f64>() < 1e-3);
}

#[test]
fn a_patient_sits_in_the_cab_and_changes_nothing_else_of_the_traffic() {
    let plain = scenario("dense");
    let mut with = plain.clone();
    with.sources.patient = 0.5;
    let (mut patients, mut bare) = (0, 0);
    for (one, other) in TrafficPlan::new(&plain, 3).zip(TrafficPlan::new(&with, 3)).take(200) {
        let in_cab = |source: &Source| matches!(source, Source::Point { behind_m, .. } if *behind_m < 2.3);
        assert!(!one.sources.iter().any(in_cab));
        patients += other.sources.iter().filter(|source| in_cab(source)).count();
        bare += usize::from(other.containers.is_empty() && !other.sources.is_empty());
        let load = other.sources.iter().filter(|source| !in_cab(source));
        assert_eq!(load.count(), one.sources.len());
        assert_eq!(
            (one.length_m, one.containers, one.gap_m),
            (other.length_m, other.containers, other.gap_m)
        );
    }
    assert!((70..130).contains(&patients) && bare > 3, "{patients} patients, {bare} without a load");
}

#[test]
fn iron_takes_low_lines_away_first() {
    let net = |shape: &[f64], energy: f64, half: f64| {
        let mean = |from: f64, to: f64| {
            let part = &shape[(from / KEV_PER_CHANNEL) as usize..(to / KEV_PER_CHANNEL) as usize];
            part.iter().sum::<f64>() / part.len() as f64
        };
        let sides =
            mean(energy - 3.0 * half, energy - 2.0 * half) + mean(energy + 2.0 * half, energy + 3.0 * half);
        mean(energy - half, energy + half) - 0.5 * sides
    };
    let ratio = |iron_cm| {
        let shape = shape(Origin::source(Emitter::I131, iron_cm));
        net(&shape, 284.3, 12.0) / net(&shape, 637.0, 30.0)
    };
    assert!(
        ratio(0.0) > 1.05 * ratio(1.0) && ratio(1.0) > 1.05 * ratio(3.0),
        "{} {}",
        ratio(0.0),
        ratio(3.0)
    );
}

#[test]
fn faults_of_the_spectrometer_show_on_its_wire() {
    let mut lane = lane("dense");
    run(&mut lane, 5 * S, 10_000_000, true);
    let mut after = |fault: Rs350Fault, seconds: u64| {
        let mut log = Log::new();
        let until = lane.now_ns() + seconds * S;
        lane.inject_station(device::SPECTROMETER, StationFault::Rs350(fault), &mut |at, device, event| {
            log.push((at, device, event));
        });
        log.extend(run(&mut lane, until, 10_000_000, true));
        log.retain(|(_, of, _)| *of == device::SPECTROMETER);
        log
    };
    let frame = |bytes: &[u8]| VirtualEvent::Frame(bytes.to_vec());
    assert_eq!(after(Rs350Fault::Garbage(b"hello".to_vec()), 1)[0].2, frame(b"hello"));
    let pieces = after(Rs350Fault::Split(1000), 1);
    assert!(pieces.len() > 4, "{}", pieces.len());
    assert_eq!(documents(&after(Rs350Fault::CutFrame, 1)).len(), 2);
    assert!(!documents(&after(Rs350Fault::CutDocument, 1))[0].ends_with("RadInstrumentData>"));
    assert!(!documents(&after(Rs350Fault::NoIndicator(true), 1))[0].contains("OccupancyIndicator"));
    assert!(documents(&after(Rs350Fault::HighVoltage(true), 1))[0].contains("<FaultCodeValue>HvLow<"));
    assert!(documents(&after(Rs350Fault::Battery(12), 1))[0].contains("<CharacteristicValue>12<"));
    let dropped = after(Rs350Fault::LinkDrop(3 * S), 5);
    assert_eq!((&dropped[0].2, &dropped[1].2), (&VirtualEvent::Lost, &VirtualEvent::Connected));
    assert_eq!(documents(&dropped).len(), 3, "one at the moment when it is up again");
}

#[test]
fn the_polled_portal_answers_function_three_of_its_unit_within_its_blocks() {
    let mut lane = lane("dense");
    run(&mut lane, 5 * S, 10_000_000, true);
    let Some(ModbusReply::Registers(words)) = registers(&mut lane, UNIT, 0, 8) else {
        panic!("no description")
    };
    assert_eq!(words[1..5], [8, 1, 100, 21]);
    let Some(ModbusReply::Registers(words)) = registers(&mut lane, UNIT, 100, 21) else { panic!("no block") };
    let gamma = u32::from(words[4]) | u32::from(words[5]) << 16;
    let background = f32::from_bits(u32::from(words[6]) | u32::from(words[7]) << 16);
    assert!((f64::from(gamma) - 903.0).abs() < 200.0, "{gamma}");
    assert!((background - 903.0).abs() < 40.0, "{background}");
    assert_eq!(words[3] & 0x00F1, 0x0080, "ready, no alarm");
    assert_eq!(registers(&mut lane, UNIT, 100, 22), Some(ModbusReply::Exception(2)));
    assert_eq!(registers(&mut lane, UNIT, 8, 1), Some(ModbusReply::Exception(2)));
    assert_eq!(registers(&mut lane, UNIT, 65_535, 5), Some(ModbusReply::Exception(2)));
    assert_eq!(registers(&mut lane, UNIT, 0, 0), Some(ModbusReply::Exception(3)));
    assert_eq!(registers(&mut lane, UNIT + 1, 0, 8), None);
    let write = ModbusRequest::WriteCoil { address: 0, value: true };
    let refused = lane.modbus(device::POLLED, UNIT, &write).unwrap().reply;
    assert_eq!(refused, Some(ModbusReply::Exception(1)));
}

#[test]
fn the_polled_portal_counts_an_object_for_each_that_passes() {
    let mut lane = lane("nominal");
    let (mut counter, mut rises, mut was) = (0, 0, false);
    while lane.now_ns() < 900 * S {
        let next = lane.now_ns() + 200_000_000;
        lane.advance_to(next, &mut |_, _, _| {});
        if next.is_multiple_of(S) {
            common::permit(&mut lane);
        }
        let Some(ModbusReply::Registers(words)) = registers(&mut lane, UNIT, 100, 21) else {
            panic!("no block")
        };
        let occupied = words[2] & 0x000F != 0;
        rises += u16::from(occupied && !was);
        (was, counter) = (occupied, words[17]);
    }
    assert!(rises > 40 && rises == counter, "{rises} rises, counter {counter}");
}

#[test]
fn faults_of_the_polled_portal_show_in_its_answers() {
    let mut lane = lane("dense");
    run(&mut lane, 5 * S, 10_000_000, true);
    let mut block = |fault: Option<YantarFault>| {
        if let Some(fault) = fault {
            lane.inject_station(device::POLLED, StationFault::Yantar(fault), &mut |_, _, _| {});
        }
        let next = lane.now_ns() + 400_000_000;
        lane.advance_to(next, &mut |_, _, _| {});
        registers(&mut lane, UNIT, 100, 21)
    };
    let word = |reply: Option<ModbusReply>, at: usize| match reply {
        Some(ModbusReply::Registers(words)) => words[at],
        other => panic!("{other:?}"),
    };
    assert_eq!(word(block(Some(YantarFault::Inputs(0x0400))), 2) & 0x0F00, 0x0400);
    assert_eq!(word(block(Some(YantarFault::GammaStatus(0x0010))), 3) & 0x0070, 0x0010);
    let time = word(block(Some(YantarFault::Frozen(true))), 0);
    assert_eq!(word(block(None), 0), time);
    assert_ne!(word(block(Some(YantarFault::Frozen(false))), 0), time);
    assert_eq!(block(Some(YantarFault::Exceptions(1))), Some(ModbusReply::Exception(4)));
    assert_eq!(block(Some(YantarFault::Silent(1))), None);
    assert!(block(None).is_some());
}

#[test]
fn the_tables_of_further_portals_stand_behind_those_of_the_lane() {
    let (layout, scenario) = (layout(), scenario("dense"));
    let lane = lane_toml(&layout, &Endpoints::simulated(), &scenario);
    let file = lane + &stations_toml(&layout, |device| format!("virtual:{device}"), "none");
    let file: toml::Table = toml::from_str(&file).unwrap();
    let devices = file["device"].as_array().unwrap();
    let model = |name: &str| {
        let device = devices.iter().find(|device| device["name"].as_str() == Some(name)).unwrap();
        assert_eq!(device["station"].as_str(), Some(name));
        device["model"].as_str().unwrap().to_owned()
    };
    assert_eq!(model(device::SPECTROMETER), "rsi.rs350");
    assert_eq!(model(device::POLLED), "aspect.yantar");
    let stations = file["station"].as_array().unwrap();
    assert!(stations.iter().any(|station| station["name"].as_str() == Some(device::SPECTROMETER)));
}

#[tokio::test]
async fn both_speak_on_real_wires_as_they_do_in_simulated_time() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = std::net::SocketAddr::from(([127, 0, 0, 1], 9));
    let mut wires = Wires::open(lane("dense"), Ports::default(), nobody, folder.path()).await.unwrap();
    let spectrometer = wires.open_station(device::SPECTROMETER, 0).await.unwrap();
    let polled = wires.open_station(device::POLLED, 0).await.unwrap();
    let mut stream = tokio::net::TcpStream::connect(spectrometer).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    wires.advance_to(3 * S).unwrap();
    let expected: Vec<u8> = run(&mut lane("dense"), 3 * S, 10_000_000, false)
        .into_iter()
        .filter_map(|(_, device, event)| match event {
            VirtualEvent::Frame(bytes) if device == device::SPECTROMETER => Some(bytes),
            _ => None,
        })
        .flatten()
        .collect();
    let mut bytes = vec![0; expected.len()];
    stream.read_exact(&mut bytes).await.unwrap();
    assert!(bytes == expected, "{} bytes differ", expected.len());
    let mut client =
        tokio_modbus::client::tcp::connect_slave(polled, tokio_modbus::Slave(UNIT)).await.unwrap();
    let words =
        tokio_modbus::client::Reader::read_holding_registers(&mut client, 100, 21).await.unwrap().unwrap();
    assert_eq!(words[0], 30, "tenths of a second");
    wires.inject_station(device::SPECTROMETER, StationFault::Rs350(Rs350Fault::LinkDrop(S))).unwrap();
    assert_eq!(stream.read(&mut [0; 10]).await.unwrap(), 0, "the link is down");
}
