//! The lane file that fits a layout, so that a demo and the tests describe a lane once.

use std::fmt::Write;

use crate::layout::{IO_INPUTS, IO_OUTPUTS, LaneLayout, Make, SCAN_INPUTS, SCAN_OUTPUTS, Station, Zone};
use crate::scenario::{Dialect, Scenario, Sidecar};
use crate::virtual_lane::device;
use crate::yantar::UNIT;

/// Where the devices of a lane are reached: the `link` of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Radiation portal, e.g. `tcp://127.0.0.1:1601`.
    pub portal: String,
    /// Lane I/O module, e.g. `modbus://127.0.0.1:5020`.
    pub io: String,
    /// Scanner contacts, e.g. `modbus://127.0.0.1:5021`.
    pub scan_io: String,
    /// Where the camera posts to, e.g. `http://127.0.0.1:8080/ocr`.
    pub ocr: String,
    /// Spectroscopic portal, in a layout that has one, e.g. `tcp://127.0.0.1:1603`.
    pub spectrometer: String,
    /// Folder of the scanner, e.g. `folder:///tmp/xray`.
    pub xray: String,
    /// `process` or `none`, for every device.
    pub isolation: &'static str,
}

impl Endpoints {
    /// Links of a lane in simulated time: `virtual:` and the device's name.
    pub fn simulated() -> Self {
        let link = |device: &str| format!("virtual:{device}");
        Self {
            portal: link("portal"),
            io: link("io"),
            scan_io: link("scan-io"),
            ocr: link("ocr"),
            spectrometer: link(device::SPECTROMETER),
            xray: link("xray"),
            isolation: "none",
        }
    }
}

/// The lane file (TOML) of this layout, with the maps that the scenario's devices need.
pub fn lane_toml(layout: &LaneLayout, endpoints: &Endpoints, scenario: &Scenario) -> String {
    let mut file = String::new();
    // Writing into a string does not fail.
    let _ = write!(
        file,
        "[lane]\nname = {:?}\nmax_speed_kmh = {:.1}\nlength_m = {:?}\n",
        layout.name, scenario.traffic.speed_kmh.max, layout.barrier.at_m
    );
    let stations = [("camera", layout.camera), ("portal", layout.portal), ("scanner", layout.scanner)];
    for (name, Zone { at_m, length_m }) in stations {
        let _ = write!(file, "\n[[station]]\nname = {name:?}\nat_m = {at_m:?}\nlength_m = {length_m:?}\n");
    }
    devices(&mut file, endpoints, scenario);
    binds(&mut file, layout);
    // The simulated beam does not reach the simulated portal, 25 m away. A gap of 0.3 m is one between two
    // vehicles: whoever tows a trailer on a bar goes to a person here.
    file.push_str("\n[tracker]\nbeam_range_m = 15.0\nmin_length_m = 5.0\nmax_length_m = 20.0\n");
    file.push_str("max_inner_gap_m = 0.3\n");
    file.push_str("\n[policy]\nrequire = [\"radiation\", \"container\", \"image\"]\n");
    file
}

/// Tables of the layout's further portals, to stand behind those of [`lane_toml`]; `link` gives the `link` of a
/// device.
pub fn stations_toml(layout: &LaneLayout, link: impl Fn(&str) -> String, isolation: &str) -> String {
    let mut file = String::new();
    for Station { device, make, zone } in &layout.stations {
        let (model, settings) = match make {
            Make::Rs350 => ("rsi.rs350", "{ occupancy = \"indicator\" }".to_owned()),
            Make::Yantar => ("aspect.yantar", format!("{{ map = \"aspect-yantar\", unit = {UNIT} }}")),
        };
        let (at_m, length_m, link) = (zone.at_m, zone.length_m, link(device));
        // Writing into a string does not fail.
        let _ = write!(
            file,
            "\n[[station]]\nname = {device:?}\nat_m = {at_m:?}\nlength_m = {length_m:?}\n\n\
             [[device]]\nname = {device:?}\nmodel = {model:?}\nlink = {link:?}\n\
             isolation = {isolation:?}\nstation = {device:?}\nsettings = {settings}\n"
        );
    }
    file
}

fn devices(file: &mut String, endpoints: &Endpoints, scenario: &Scenario) {
    let ocr_map = match scenario.ocr.dialect {
        Dialect::Vaxtor => "vaxtor",
        Dialect::Carmen => "carmen",
    };
    let image_map = match scenario.scanner.sidecar {
        Sidecar::Xml => "image-xml",
        Sidecar::Json => "image-json",
    };
    let io = io_settings("moxa-e1212", &IO_INPUTS, &outputs());
    let scan_outputs = SCAN_OUTPUTS.iter().enumerate();
    let scan_outputs: Vec<String> = scan_outputs.map(|(n, name)| output(n, name, "off", None)).collect();
    let scan_io = io_settings("adam-6050", &SCAN_INPUTS, &scan_outputs);
    let rows = [
        ("portal", "tsa.vm250", &endpoints.portal, Some("portal"), None),
        (
            "ocr",
            "http.ocr",
            &endpoints.ocr,
            Some("camera"),
            Some(format!("{{ map = {ocr_map:?}, clock = {{ uncertainty_ms = 50 }} }}")),
        ),
        (
            "xray",
            "image.folder",
            &endpoints.xray,
            Some("scanner"),
            Some(format!("{{ map = {image_map:?}, clock = {{ uncertainty_ms = 50 }} }}")),
        ),
        ("io", "modbus.io", &endpoints.io, None, None),
        ("scan-io", "modbus.io", &endpoints.scan_io, None, None),
    ];
    for (name, model, link, station, settings) in rows {
        let isolation = endpoints.isolation;
        let _ = write!(
            file,
            "\n[[device]]\nname = {name:?}\nmodel = {model:?}\nlink = {link:?}\nisolation = {isolation:?}\n"
        );
        if let Some(station) = station {
            let _ = writeln!(file, "station = {station:?}");
        }
        if let Some(settings) = settings {
            let _ = writeln!(file, "settings = {settings}");
        }
        match name {
            "io" => file.push_str(&io),
            "scan-io" => file.push_str(&scan_io),
            _ => {}
        }
    }
}

fn io_settings(map: &str, inputs: &[&str], outputs: &[String]) -> String {
    let mut table = format!("\n[device.settings]\nmap = {map:?}\nunit = 1\npoll_ms = 20\ninputs = [\n");
    for (point, name) in inputs.iter().enumerate() {
        let _ = writeln!(table, "    {{ name = {name:?}, point = {point} }},");
    }
    table.push_str("]\noutputs = [\n");
    for output in outputs {
        let _ = writeln!(table, "    {output},");
    }
    table.push_str("]\n");
    table
}

/// Without its host the lane shows red and the barrier stays where it is.
fn outputs() -> Vec<String> {
    let safe = [("on", None), ("off", None), ("off", Some(500)), ("off", Some(500))];
    IO_OUTPUTS
        .iter()
        .zip(safe)
        .enumerate()
        .map(|(n, (name, (safe, pulse)))| output(n, name, safe, pulse))
        .collect()
}

fn output(point: usize, name: &str, safe: &str, pulse_ms: Option<u32>) -> String {
    let pulse = pulse_ms.map_or_else(String::new, |ms| format!(", pulse_ms = {ms}"));
    format!("{{ name = {name:?}, point = {point}, safe = {safe:?}{pulse} }}")
}

fn binds(file: &mut String, layout: &LaneLayout) {
    let presences = [
        ("loop_entry", layout.entry_loop),
        ("beam_portal", layout.portal),
        ("beam_scan_in", layout.scan_in),
        ("beam_scan_out", layout.scan_out),
        ("loop_decision", layout.decision_loop),
        ("beam_barrier", layout.barrier),
    ];
    for (point, Zone { at_m, length_m }) in presences {
        bind(file, "presence", "io", point, Some((at_m, length_m)));
    }
    let on_the_way = std::iter::once(layout.camera).chain(layout.between);
    for (point, Zone { at_m, length_m }) in SCAN_INPUTS.iter().skip(6).zip(on_the_way) {
        bind(file, "presence", "scan-io", point, Some((at_m, length_m)));
    }
    bind(
        file,
        "barrier.presence",
        "io",
        "beam_barrier",
        Some((layout.barrier.at_m, layout.barrier.length_m)),
    );
    let io = [
        ("barrier.is_open", "barrier_is_open"),
        ("barrier.is_closed", "barrier_is_closed"),
        ("signal.red", "light_red"),
        ("signal.green", "light_green"),
        ("barrier.open", "barrier_open"),
        ("barrier.close", "barrier_close"),
    ];
    for (role, point) in io {
        bind(file, role, "io", point, None);
    }
    let scan = [
        ("scan.request", "scan_request"),
        ("scan.ready", "ready"),
        ("scan.beam_on", "beam_on"),
        ("scan.valid", "valid"),
        ("scan.interlock", "interlock"),
        ("scan.estop", "estop"),
    ];
    for (role, point) in scan {
        bind(file, role, "scan-io", point, None);
    }
}

fn bind(file: &mut String, role: &str, device: &str, point: &str, place: Option<(f64, f64)>) {
    let _ = write!(file, "\n[[bind]]\nrole = {role:?}\ndevice = {device:?}\npoint = {point:?}\n");
    if let Some((at_m, length_m)) = place {
        let _ = write!(file, "at_m = {at_m:?}\nlength_m = {length_m:?}\n");
    }
}
