//! What is watched on the running lane, as it is written.

use super::convert::check_id;
use super::file::{WrittenMonitor, WrittenRule};
use super::{Problem, problem};
use crate::monitor::{Rule, Watch};
use crate::standard::Standard;

/// Adds the monitors. The requirements that they watch must be there.
pub fn add(standard: &mut Standard, written: Vec<WrittenMonitor>) -> Result<(), Problem> {
    for monitor in written {
        check_id(&monitor.id)?;
        let mut watches = Vec::new();
        for id in &monitor.watches {
            let before = watches.len();
            let is_meant = |known: &&String| match id.get_ref().strip_suffix('*') {
                Some(prefix) => known.starts_with(prefix),
                None => *known == id.get_ref(),
            };
            watches.extend(standard.requirements.keys().filter(is_meant).cloned());
            if watches.len() == before {
                return Err(problem(id.span(), format!("no requirement `{}`", id.get_ref())));
            }
        }
        let at = monitor.rule.span();
        let watch = Watch {
            id: monitor.id.get_ref().clone(),
            watches,
            trial: monitor.trial,
            miss: monitor.miss,
            rule: rule(monitor.rule.into_inner()).map_err(|why| problem(at, why))?,
            degraded: monitor.degraded,
            out: monitor.out,
        };
        if watch.degraded > watch.out {
            return Err(problem(monitor.id.span(), "`degraded` is stricter than `out`"));
        }
        if standard.monitors.insert(watch.id.clone(), watch).is_some() {
            return Err(problem(monitor.id.span(), format!("`{}` is there already", monitor.id.get_ref())));
        }
    }
    Ok(())
}

fn rule(written: WrittenRule) -> Result<Rule, String> {
    let is_share = |share: f64| share > 0.0 && share < 1.0;
    match (written.kind.as_str(), written.usual, written.bad, written.least) {
        ("rate", Some(usual), Some(bad), None) if is_share(usual) && is_share(bad) && usual < bad => {
            Ok(Rule::Rate { usual, bad })
        }
        ("proof", None, None, Some(least)) if is_share(least) => Ok(Rule::Proof { least }),
        ("event", None, None, None) => Ok(Rule::Event),
        _ => Err("a rule is `rate` with `usual` below `bad`, `proof` with `least`, or `event`".to_owned()),
    }
}
