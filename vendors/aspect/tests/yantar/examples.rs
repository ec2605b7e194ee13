//! The rows of the published example.

use greenlane_driver::model::{Body, Occupancy};
use serde_json::json;

use crate::{GAMMA_ALARM, GAMMA_LOW, IDLE, NEUTRON_ALARM, OCCUPIED, OPEN, Rig, told};

#[test]
fn an_idle_device_says_its_settings_its_background_and_nothing_else() {
    let mut rig = Rig::connected();
    let seen = rig.seen();
    assert_eq!(told(&seen), ["setup", "tamper false", "background", "health"]);
    let Body::Setup(setup) = &seen[0].body else { panic!("{seen:?}") };
    assert_eq!(setup.values["time_resolution"], "low");
    assert_eq!(setup.values["monitor_address"], 100);
    assert_eq!(setup.values["map_status"], "secondary");
    assert_eq!(setup.values["description"], "5941 0008 0007 0064 003c 0000 0000 0000");
    let Body::Background(background) = &seen[2].body else { panic!("{seen:?}") };
    let values = |rates: &Option<Vec<greenlane_driver::model::units::CountsPerSecond>>| {
        rates.as_ref().map(|rates| rates.iter().map(|cps| cps.value()).collect::<Vec<_>>())
    };
    assert_eq!(values(&background.gamma_cps), Some(vec![310.25]));
    assert_eq!(values(&background.neutron_cps), Some(vec![2.125]));
    let Body::Health(health) = &seen[3].body else { panic!("{seen:?}") };
    assert_eq!(health.values["device_time"], json!(70000));
    assert_eq!(health.values["gamma_variance"], json!(312.0));
    rig.rows(50, IDLE);
    assert_eq!(told(&rig.seen()), ["background", "background"], "10 s");
}

#[test]
fn a_passage_with_both_alarms_is_one_occupancy() {
    let mut rig = Rig::connected();
    rig.rows(5, IDLE);
    rig.seen();
    rig.rows(5, OCCUPIED);
    rig.rows(5, GAMMA_ALARM);
    rig.rows(5, NEUTRON_ALARM);
    rig.rows(5, &IDLE.replace("0029", "002A"));
    let seen = rig.seen();
    let expected = [
        "started",
        "gamma [305]",
        "neutron [2]",
        "speed 4.722",
        "gamma alarm on",
        "gamma [612]!",
        "neutron [3]",
        "neutron alarm on",
        "gamma [306]!",
        "neutron [19]!",
        "gamma [310]",
        "neutron [2]!",
        "ended 42",
        "gamma alarm off",
        "neutron alarm off",
    ];
    let mut told = told(&seen);
    told.retain(|word| word != "background" && word != "health");
    assert_eq!(told, expected);
    let end = seen.iter().find_map(|one| match &one.body {
        Body::Occupancy(Occupancy::Ended { neutron_background_cps, .. }) => *neutron_background_cps,
        _ => None,
    });
    assert_eq!(end.map(|cps| cps.value()), Some(2.125));
}

#[test]
fn a_low_count_is_a_fault_and_an_open_cabinet_is_tamper() {
    let mut rig = Rig::connected();
    rig.seen();
    rig.rows(2, GAMMA_LOW);
    assert_eq!(told(&rig.seen())[..2], ["fault gamma_low on", "fault gamma_not_ready on"]);
    rig.rows(2, OPEN);
    let told = told(&rig.seen());
    assert_eq!(told[..3], ["fault gamma_low off", "fault gamma_not_ready off", "tamper true"]);
}
