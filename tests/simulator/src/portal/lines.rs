//! The lines of the VM-250 family, byte for byte: tags, comma, fixed-width fields, CR LF.

use crate::scenario::PortalSetup;

/// A wire line: text and CR LF.
fn line(text: String) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(b"\r\n");
    bytes
}

/// `TAG,nnnnnn,nnnnnn,nnnnnn,nnnnnn`; counts saturate at 999999.
pub fn counts(tag: &str, fields: [u32; 4]) -> Vec<u8> {
    let [a, b, c, d] = fields.map(|count| count.min(999_999));
    line(format!("{tag},{a:06},{b:06},{c:06},{d:06}"))
}

/// End of an occupancy: its index and the neutron background in thousandths of cps.
pub fn end(index: u32, neutron_background_cps: f64) -> Vec<u8> {
    let milli = (neutron_background_cps * 1000.0).clamp(0.0, 999_999.0) as u32;
    counts("GX", [index, milli, 0, 0])
}

/// Speed: seconds a foot, mph, km/h; `None` below about 0.03 m/s, where the first field has no more room.
pub fn speed(mps: f64) -> Option<Vec<u8>> {
    let seconds_a_foot = 0.3048 / mps;
    if !(0.0001..=9.9999).contains(&seconds_a_foot) {
        return None;
    }
    let (mph, kmh) = ((mps / 0.44704).min(99.0), (mps * 3.6).min(999.0));
    Some(line(format!("SP,{seconds_a_foot:06.4},{mph:06.3},{kmh:06.2},000000")))
}

/// Tamper opened (`TT`) or closed (`TC`).
pub fn tamper(open: bool) -> Vec<u8> {
    let text = if open { "TT,000000,000000,000000,000000" } else { "TC,111111,111111,111111,111111" };
    line(text.to_owned())
}

/// The five setup lines. Discriminators, relay mode and the neutron test's alpha, zmax and intervals are
/// fixed texts: nothing here depends on them.
pub fn setup(setup: &PortalSetup) -> Vec<Vec<u8>> {
    let s = setup;
    vec![
        line(format!(
            "SG1,{:06},{:06},{:02},{:02},{:04.1},P",
            s.gamma_high_cps, s.gamma_low_cps, s.intervals, s.hold_in, s.n_sigma
        )),
        line("SG2,1111,0.069,0.455,01,1000,A".to_owned()),
        line(format!("SG3,0.069,0.455,{:03},000,1.10.1", s.background_s)),
        line(format!("SN1,{:06},05,0047,1200,02,120", s.neutron_high_cps)),
        line("SN2,0.504,5.040,0.504,5.040,PP".to_owned()),
    ]
}
