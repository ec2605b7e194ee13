//! From settings and map to a driver.

use std::collections::BTreeMap;
use std::time::Duration;

use greenlane_driver::model::Capability;
use greenlane_driver::{OpenError, Point};

use super::Io;
use super::checks::Checks;
use super::counter::Counter;
use super::input::Input;
use super::map::{Map, Status, Table};
use super::output::Output;
use super::plan::{Item, Owner, plan};
use super::settings::Settings;

pub(super) fn open(settings: &Settings) -> Result<Io, OpenError> {
    settings.check()?;
    let mut items = Vec::new();
    let inputs = inputs(settings, &mut items)?;
    let counters = counters(settings, &mut items)?;
    let outputs = outputs(settings, &mut items)?;
    Ok(Io {
        unit: settings.unit,
        poll: Duration::from_millis(u64::from(settings.poll_ms)),
        reads: plan(items, settings.map.across_holes),
        polling: None,
        overdue: false,
        inputs,
        counters,
        outputs,
        checks: Checks::open(settings)?,
        held: Vec::new(),
        asked: BTreeMap::new(),
        last_id: 0,
        faults: BTreeMap::new(),
        points: points(settings),
        map_note: map_note(settings),
    })
}

fn inputs(settings: &Settings, items: &mut Vec<Item>) -> Result<Vec<Input>, OpenError> {
    let Some(block) = settings.map.inputs else { return Ok(Vec::new()) };
    let base = settings.map.bits(block.table, block.address, u32::from(block.count), "/inputs")?;
    for (i, input) in settings.inputs.iter().enumerate() {
        items.push(Item { place: base.plus(input.point), len: 1, owner: Owner::Input(i) });
    }
    Ok(settings.inputs.iter().map(Input::new).collect())
}

fn counters(settings: &Settings, items: &mut Vec<Item>) -> Result<Vec<Counter>, OpenError> {
    let Some(block) = settings.map.counters else { return Ok(Vec::new()) };
    if !matches!(block.width, 16 | 32) {
        return Err(OpenError::new("/map/counters/width", block.width, "16 or 32 bits"));
    }
    let len = u16::from(block.width / 16);
    let span = u32::from(len) * u32::from(block.count);
    let base = settings.map.registers(block.table, block.address, span, "/counters")?;
    for (i, counter) in settings.counters.iter().enumerate() {
        // Inside the block, whose end was just checked.
        let place = base.plus(len * counter.point);
        items.push(Item { place, len, owner: Owner::Counter(i) });
    }
    Ok(settings.counters.iter().map(|counter| Counter::new(&counter.name, block)).collect())
}

fn outputs(settings: &Settings, items: &mut Vec<Item>) -> Result<Vec<Output>, OpenError> {
    let Some(block) = settings.map.outputs else { return Ok(Vec::new()) };
    let (map, count, read_back) = (&settings.map, u32::from(block.count), block.read_back);
    let coils = map.place(Table::Coils, block.address, count, "/outputs")?;
    let back = map.bits(read_back.table, read_back.address, count, "/outputs/read_back")?;
    let mut outputs = Vec::new();
    for (i, output) in settings.outputs.iter().enumerate() {
        let (write, read_back) = (coils.plus(output.point), back.plus(output.point));
        items.push(Item { place: read_back, len: 1, owner: Owner::Output(i) });
        outputs.push(Output::new(&output.name, write, read_back, output.pulse_ms));
    }
    Ok(outputs)
}

fn points(settings: &Settings) -> Vec<Point> {
    let point = |name: &str, capability| Point { name: name.to_owned(), capability };
    let inputs = settings.inputs.iter().map(|i| point(&i.name, Capability::Presence));
    let counters = settings.counters.iter().map(|c| point(&c.name, Capability::Pulses));
    let outputs = settings.outputs.iter().map(|o| point(&o.name, Capability::Output));
    inputs.chain(counters).chain(outputs).collect()
}

/// What of the map is in use though nobody has seen it in a maker's text.
fn map_note(settings: &Settings) -> Option<String> {
    let map: &Map = &settings.map;
    let declares_safe = settings.outputs.iter().any(|output| output.safe.is_some());
    let used = [
        ("inputs", map.inputs.map(|b| b.status), !settings.inputs.is_empty()),
        ("counters", map.counters.map(|b| b.status), !settings.counters.is_empty()),
        ("outputs", map.outputs.map(|b| b.status), !settings.outputs.is_empty()),
        ("safe_values", map.safe_values.map(|b| b.status), declares_safe),
        ("watchdog", map.watchdog.as_ref().map(|b| b.status), settings.watchdog.is_some()),
    ];
    let blocks: Vec<&str> = used
        .into_iter()
        .filter(|(_, status, used)| *used && *status == Some(Status::Unverified))
        .map(|(name, _, _)| name)
        .collect();
    (!blocks.is_empty()).then(|| format!("unverified: {}", blocks.join(", ")))
}
