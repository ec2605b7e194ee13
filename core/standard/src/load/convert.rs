//! Limits, changes and requirements as they are written, made into records.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use super::file::{Change, Header, WrittenLimit, WrittenParam, WrittenRequirement};
use super::{Problem, plans, problem};
use crate::record::{Limit, Param, Requirement, Source, Status, Tighten};
use crate::standard::Standard;
use crate::value::Value;

const TITLE_MAX: usize = 60;
const NO_SOURCE: &str = "a number without a source: give at least one";

/// What is known while one standard is read.
pub struct Context<'a> {
    version: &'a str,
    methods: Option<&'a [&'a str]>,
}

impl<'a> Context<'a> {
    pub fn new(header: &'a Header, methods: Option<&'a [&'a str]>) -> Self {
        Self { version: header.version.get_ref(), methods }
    }

    pub fn limits(&self, standard: &mut Standard, written: Vec<WrittenLimit>) -> Result<(), Problem> {
        for limit in written {
            let at = limit.id.span();
            let record = limit_record(limit)?;
            if standard.limits.contains_key(&record.id) {
                return Err(problem(at, format!("`{}` is there already", record.id)));
            }
            standard.limits.insert(record.id.clone(), record);
        }
        Ok(())
    }

    pub fn changes(&self, standard: &mut Standard, written: Vec<Change>) -> Result<(), Problem> {
        for change in written {
            let id = change.id.get_ref();
            let Some(requirement) = standard.requirements.get_mut(id) else {
                return Err(problem(change.id.span(), format!("no parent has `{id}`")));
            };
            if change.loosens && change.reason.is_none() {
                return Err(problem(
                    change.id.span(),
                    "`loosens` needs a `reason`, which every report prints",
                ));
            }
            for (name, value) in &change.params {
                change_param(requirement, name, value, change.loosens)?;
            }
            if change.loosens {
                requirement.loosened.extend(change.reason);
            }
            requirement.changed = Some(self.version.to_owned());
        }
        Ok(())
    }

    pub fn requirements(
        &self,
        standard: &mut Standard,
        written: Vec<WrittenRequirement>,
    ) -> Result<(), Problem> {
        for requirement in written {
            let at = requirement.id.span();
            let record = self.record(requirement, &standard.limits)?;
            if standard.requirements.contains_key(&record.id) {
                let message = format!("`{}` is there already: change it with [[change]]", record.id);
                return Err(problem(at, message));
            }
            standard.requirements.insert(record.id.clone(), record);
        }
        Ok(())
    }

    fn record(
        &self,
        written: WrittenRequirement,
        limits: &BTreeMap<String, Limit>,
    ) -> Result<Requirement, Problem> {
        check_id(&written.id)?;
        let mut sources = checked_sources(written.source)?;
        let mut used = BTreeSet::new();
        for id in written.limits {
            if !limits.contains_key(id.get_ref()) {
                return Err(problem(id.span(), format!("no limit `{}`", id.get_ref())));
            }
            used.insert(id.into_inner());
        }
        let params = params(written.params, limits)?;
        used.extend(params.values().filter_map(|param| param.limit.clone()));
        // A number taken from a limit is as sure as that limit.
        for source in used.iter().filter_map(|id| limits.get(id)).flat_map(|limit| &limit.sources) {
            if !sources.contains(source) {
                sources.push(source.clone());
            }
        }
        if sources.is_empty() {
            return Err(problem(written.id.span(), NO_SOURCE));
        }
        check_text(&written.text, &params)?;
        let test = written.test.get_ref();
        if self.methods.is_some_and(|methods| !methods.contains(&test.method.as_str())) {
            return Err(problem(written.test.span(), format!("no test method `{}`", test.method)));
        }
        let at = written.plan.span();
        let plan = plans::plan(written.plan.into_inner()).map_err(|why| problem(at, why))?;
        if *written.cells.get_ref() == 0 {
            return Err(problem(written.cells.span(), "a plan holds for at least one cell"));
        }
        if written.evidence.is_empty() {
            return Err(problem(written.id.span(), "`evidence` keeps at least \"A\""));
        }
        Ok(Requirement {
            id: written.id.into_inner(),
            text: written.text.into_inner(),
            scope: written.scope,
            requires: written.requires.into_iter().map(Spanned::into_inner).collect(),
            params,
            sources,
            limits: used,
            test: written.test.into_inner(),
            plan,
            cells: written.cells.into_inner(),
            evidence: written.evidence,
            since: written.since.unwrap_or_else(|| self.version.to_owned()),
            changed: written.changed,
            errata: written.errata,
            loosened: Vec::new(),
        })
    }
}

fn params(
    written: BTreeMap<String, Spanned<toml::Value>>,
    limits: &BTreeMap<String, Limit>,
) -> Result<BTreeMap<String, Param>, Problem> {
    let read = |(name, value): (String, Spanned<toml::Value>)| {
        let at = value.span();
        match param(value.into_inner(), limits) {
            Ok(param) => Ok((name, param)),
            Err(why) => Err(problem(at, format!("`{name}`: {why}"))),
        }
    };
    written.into_iter().map(read).collect()
}

/// `area/name...` of lower case words.
pub fn check_id(id: &Spanned<String>) -> Result<(), Problem> {
    let word = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._".contains(c))
    };
    if id.get_ref().contains('/') && id.get_ref().split('/').all(word) {
        return Ok(());
    }
    Err(problem(id.span(), format!("`{}` is no id: `area/name` in lower case", id.get_ref())))
}

fn limit_record(written: WrittenLimit) -> Result<Limit, Problem> {
    check_id(&written.id)?;
    check_title(&written.title).map_err(|why| problem(written.id.span(), why))?;
    let sources = checked_sources(written.source)?;
    if sources.is_empty() {
        return Err(problem(written.id.span(), NO_SOURCE));
    }
    let value = match written.value {
        None => None,
        Some(value) => {
            let at = value.span();
            Some(Value::try_from(value.into_inner()).map_err(|why| problem(at, why))?)
        }
    };
    Ok(Limit {
        id: written.id.into_inner(),
        title: written.title,
        value,
        tighten: written.tighten,
        sources,
        untested: written.untested,
    })
}

fn checked_sources(written: Vec<Spanned<Source>>) -> Result<Vec<Source>, Problem> {
    for source in &written {
        let inner = source.get_ref();
        if inner.status == Status::Verified && inner.seen.is_none() {
            return Err(problem(source.span(), "`verified` needs `seen`: who, when, which copy"));
        }
    }
    Ok(written.into_iter().map(Spanned::into_inner).collect())
}

fn check_title(title: &str) -> Result<(), String> {
    if title.is_empty() || title.chars().count() > TITLE_MAX {
        return Err(format!("a title has 1 to {TITLE_MAX} characters"));
    }
    Ok(())
}

/// Every `{name}` in the statement is a parameter.
fn check_text(text: &Spanned<crate::record::Text>, params: &BTreeMap<String, Param>) -> Result<(), Problem> {
    let inner = text.get_ref();
    check_title(&inner.title).map_err(|why| problem(text.span(), why))?;
    if inner.statement.is_empty() || inner.rationale.is_empty() {
        return Err(problem(text.span(), "a requirement has a statement and a rationale"));
    }
    for name in inner.statement.split('{').skip(1) {
        let Some((name, _)) = name.split_once('}') else {
            return Err(problem(text.span(), "a `{` in the statement is not closed"));
        };
        if !params.contains_key(name) {
            return Err(problem(text.span(), format!("the statement names `{{{name}}}`, no such parameter")));
        }
    }
    Ok(())
}

/// A bare value is exact; a table says more.
fn param(written: toml::Value, limits: &BTreeMap<String, Limit>) -> Result<Param, String> {
    let toml::Value::Table(_) = written else {
        let value = Value::try_from(written)?;
        return Ok(Param { value, min: None, max: None, tighten: Tighten::Exact, limit: None });
    };
    let table: WrittenParam =
        written.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
    let limit = match &table.limit {
        None => None,
        Some(id) => Some(limits.get(id).ok_or_else(|| format!("no limit `{id}`"))?),
    };
    let own = table.value.map(Value::try_from).transpose()?;
    let known = limit.and_then(|limit| limit.value.clone());
    let tighten = table.tighten.or(limit.map(|limit| limit.tighten)).unwrap_or(Tighten::Exact);
    if let (Some(own), Some(known)) = (&own, &known)
        && !is_tighter(known, own, tighten)
    {
        return Err(format!("{own} is weaker than its limit {known}"));
    }
    let value = own.or(known).ok_or("neither a value nor a limit whose value is known")?;
    let min = table.min.map(Value::try_from).transpose()?;
    let max = table.max.map(Value::try_from).transpose()?;
    check_range(&value, min.as_ref(), max.as_ref())?;
    Ok(Param { value, min, max, tighten, limit: table.limit })
}

fn check_range(value: &Value, min: Option<&Value>, max: Option<&Value>) -> Result<(), String> {
    let within = |low: &Value, high: &Value| match (low.number(), high.number()) {
        (Some(low), Some(high)) => low <= high,
        _ => false,
    };
    if min.is_some_and(|min| !within(min, value)) || max.is_some_and(|max| !within(value, max)) {
        return Err(format!("{value} is outside its own `min` and `max`"));
    }
    Ok(())
}

/// Whether `new` asks for at least as much as `old`.
fn is_tighter(old: &Value, new: &Value, tighten: Tighten) -> bool {
    if old == new {
        return true;
    }
    match (old.number(), new.number(), tighten) {
        (Some(old), Some(new), Tighten::Lower) => new <= old,
        (Some(old), Some(new), Tighten::Higher) => new >= old,
        _ => false,
    }
}

fn change_param(
    requirement: &mut Requirement,
    name: &str,
    written: &Spanned<toml::Value>,
    loosens: bool,
) -> Result<(), Problem> {
    let id = requirement.id.clone();
    let refuse = |message: String| problem(written.span(), message);
    let Some(param) = requirement.params.get_mut(name) else {
        let known: BTreeSet<&str> = requirement.params.keys().map(String::as_str).collect();
        return Err(refuse(format!("`{id}` has no `{name}`, only {known:?}")));
    };
    let new = Value::try_from(written.get_ref().clone()).map_err(refuse)?;
    if !loosens && !is_tighter(&param.value, &new, param.tighten) {
        return Err(refuse(format!(
            "`{name}` of `{id}` moves from {} to {new} against its direction: `loosens = true` and a reason",
            param.value
        )));
    }
    check_range(&new, param.min.as_ref(), param.max.as_ref()).map_err(refuse)?;
    param.value = new;
    Ok(())
}
