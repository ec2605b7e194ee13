//! `greenlane manifest import|show|list|hold|lift|holds|target|schema`: what papers say, and what authorities ask.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use greenlane_manifest::csv::{ColumnMap, Csv};
use greenlane_manifest::edifact::Edifact;
use greenlane_manifest::{Format, Report, STALE_AFTER_DAYS, StandingHold, Store, Targets};
use greenlane_model::{ContainerNumber, Declaration, Held, Hold, Order, Papers, Utc};
use serde::Serialize;

use crate::End;

/// Bytes that are looked at to tell what a file is.
const SNIFFED: usize = 512;

/// Manifests, holds and targeting lists.
#[derive(Subcommand)]
pub enum Manifest {
    /// Take declarations from a file: CSV, JSON, EDIFACT CUSCAR or COPARN.
    Import(Import),
    /// Say what is known of a container, and which orders stand on it.
    Show(Show),
    /// List the containers of which something is known.
    List {
        #[command(flatten)]
        store: In,
        /// Those behind this one
        #[arg(long, value_name = "CONTAINER")]
        after: Option<ContainerNumber>,
        /// At most so many
        #[arg(long, default_value_t = 1000)]
        limit: u32,
    },
    /// Place an order on a container, a bill or a truck.
    Hold(Box<Place>),
    /// Lift an order: only its owner may.
    Lift {
        #[command(flatten)]
        store: In,
        /// Its number, as `holds` prints it
        id: i64,
        /// Whose order it is
        #[arg(long)]
        owner: String,
    },
    /// List all orders that stand.
    Holds {
        #[command(flatten)]
        store: In,
    },
    /// Take a targeting list: CSV with the columns kind, number, order, reason and expires.
    Target {
        #[command(flatten)]
        store: In,
        /// The list
        file: PathBuf,
        /// Whose list it is
        #[arg(long)]
        owner: String,
        /// Its name; the next edition of the same list lifts what it no longer names
        #[arg(long)]
        list: String,
    },
    /// Print the JSON Schema of a declaration.
    Schema,
}

/// Which store, and how to answer.
#[derive(Args)]
pub struct In {
    /// The store
    #[arg(long = "in", value_name = "DB")]
    store: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// `manifest import`.
#[derive(Args)]
pub struct Import {
    /// The file
    file: PathBuf,
    /// The store; made when there is none
    #[arg(long, value_name = "DB")]
    into: PathBuf,
    /// What the file is; without it, that is seen from its beginning
    #[arg(long)]
    format: Option<FormatName>,
    /// CSV: the map of columns, a TOML file
    #[arg(long)]
    map: Option<PathBuf>,
    /// CSV: the document's name, where no column has it; without it, the file's name
    #[arg(long)]
    document: Option<String>,
    /// CSV: when it was declared, where no column says so (RFC 3339); without it, now
    #[arg(long, value_name = "TIME")]
    declared: Option<Utc>,
    /// EDIFACT: what the sender's clock is ahead of UTC, in minutes
    #[arg(long, default_value_t = 0, value_name = "MINUTES", allow_negative_numbers = true)]
    utc_offset_min: i32,
    /// EDIFACT: qualifier of the reference (RFF) that names the onward bill
    #[arg(long, value_name = "CODE")]
    onward: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum FormatName {
    Csv,
    Json,
    Edifact,
}

/// `manifest show`.
#[derive(Args)]
pub struct Show {
    #[command(flatten)]
    store: In,
    /// Its number
    container: ContainerNumber,
    /// The truck that carries it
    #[arg(long)]
    truck: Option<String>,
    /// After so many days a declaration is stale
    #[arg(long, default_value_t = STALE_AFTER_DAYS, value_name = "DAYS")]
    stale_after_days: u32,
    /// At this time (RFC 3339); without it, now
    #[arg(long, value_name = "TIME")]
    at: Option<Utc>,
}

/// `manifest hold`.
#[derive(Args)]
pub struct Place {
    #[command(flatten)]
    store: In,
    #[command(flatten)]
    on: On,
    /// The authority whose order it is
    #[arg(long)]
    owner: String,
    /// Why
    #[arg(long)]
    reason: String,
    /// What is to happen
    #[arg(long, default_value = "hold")]
    order: OrderName,
    /// Until when (RFC 3339); without it, until it is lifted
    #[arg(long, value_name = "TIME")]
    expires: Option<Utc>,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct On {
    /// The container
    #[arg(long)]
    container: Option<ContainerNumber>,
    /// The bill of lading
    #[arg(long)]
    bill: Option<String>,
    /// The truck's plate
    #[arg(long)]
    truck: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum OrderName {
    Hold,
    Inspect,
}

impl Manifest {
    pub fn run(self) -> anyhow::Result<End> {
        match self {
            Self::Import(import) => import.run(),
            Self::Show(show) => show.run(),
            Self::List { store, after, limit } => list(&store, after.as_ref(), limit),
            Self::Hold(place) => place.run(),
            Self::Lift { store, id, owner } => {
                Store::open(&store.store)?.lift(id, &owner, now()?)?;
                answer(store.json, &serde_json::json!({ "lifted": id }), || format!("order {id} is lifted"))
            }
            Self::Holds { store } => {
                let holds = Store::open(&store.store)?.all_holds(now()?)?;
                answer(store.json, &serde_json::json!({ "holds": holds }), || lines(holds.iter().map(order)))
            }
            Self::Target { store, file, owner, list } => {
                let targets = Targets { owner, list, placed: now()? };
                let mut bytes = BufReader::new(opened(&file)?);
                let report = Store::create(&store.store)?.target(&mut bytes, &targets)?;
                reported(&report, store.json)
            }
            Self::Schema => {
                println!("{}", serde_json::to_string_pretty(&greenlane_manifest::json::schema())?);
                Ok(End::Ok)
            }
        }
    }
}

impl Import {
    fn run(self) -> anyhow::Result<End> {
        let mut bytes = BufReader::with_capacity(1 << 16, opened(&self.file)?);
        let name = match self.format {
            Some(name) => name,
            None => sniffed(bytes.fill_buf()?),
        };
        let format = self.format(name)?;
        let report = Store::create(&self.into)?.import(&mut bytes, &format)?;
        reported(&report, self.json)
    }

    fn format(&self, name: FormatName) -> anyhow::Result<Format> {
        Ok(match name {
            FormatName::Json => Format::Json,
            FormatName::Edifact => Format::Edifact(Edifact {
                offset_min: self.utc_offset_min,
                onward_qualifier: self.onward.clone(),
            }),
            FormatName::Csv => {
                let Some(path) = &self.map else {
                    bail!("{} is a table: say which column holds what with --map FILE", self.file.display());
                };
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("the map {} cannot be read", path.display()))?;
                let map = ColumnMap::parse(&text).with_context(|| format!("the map {}", path.display()))?;
                let file_name = || self.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                Format::Csv(Csv {
                    map,
                    document: self.document.clone().unwrap_or_else(file_name),
                    declared: self.declared.map_or_else(now, Ok)?,
                })
            }
        })
    }
}

impl Show {
    fn run(self) -> anyhow::Result<End> {
        let at = self.at.map_or_else(now, Ok)?;
        let store = Store::open(&self.store.store)?;
        let papers = store.papers(&self.container, at, self.stale_after_days)?;
        let consignments = papers.declaration().map_or(&[][..], |declaration| &declaration.consignments);
        let bills: Vec<String> =
            consignments.iter().filter_map(|consignment| consignment.bill.clone()).collect();
        let holds = store.holds(Some(&self.container), &bills, self.truck.as_deref(), at)?;
        let transshipment = papers.declaration().is_some_and(Declaration::is_transshipment);
        let object = serde_json::json!({
            "container": self.container, "papers": papers, "transshipment": transshipment, "holds": holds,
        });
        answer(self.store.json, &object, || {
            lines(std::iter::once(known(&self.container, &papers)).chain(holds.iter().map(order)))
        })
    }
}

impl Place {
    fn run(self) -> anyhow::Result<End> {
        let on = match (self.on.container, self.on.bill, self.on.truck) {
            (Some(number), _, _) => Held::Container(number),
            (_, Some(bill), _) => Held::Bill(bill),
            (_, _, Some(plate)) => Held::Truck(plate),
            (None, None, None) => bail!("an order is on a container, a bill or a truck"),
        };
        let order = match self.order {
            OrderName::Hold => Order::Hold,
            OrderName::Inspect => Order::Inspect,
        };
        let Self { owner, reason, expires, .. } = self;
        if owner.trim().is_empty() || reason.trim().is_empty() {
            bail!("an order has an owner and a reason");
        }
        let hold = Hold { on, order, owner, reason, list: None, placed: now()?, expires };
        let id = Store::create(&self.store.store)?.place(&hold)?;
        answer(self.store.json, &serde_json::json!({ "placed": id }), || format!("order {id} stands"))
    }
}

fn list(store: &In, after: Option<&ContainerNumber>, limit: u32) -> anyhow::Result<End> {
    let containers = Store::open(&store.store)?.containers(after, limit)?;
    let rows: Vec<_> = containers
        .iter()
        .map(|(number, statements, declared)| {
            serde_json::json!({ "container": number, "statements": statements, "declared": declared })
        })
        .collect();
    answer(store.json, &serde_json::json!({ "containers": rows }), || {
        lines(containers.iter().map(|(number, statements, declared)| {
            format!("{number}  {statements} statement(s), the newest of {declared}")
        }))
    })
}

fn answer(json: bool, object: &impl Serialize, words: impl FnOnce() -> String) -> anyhow::Result<End> {
    if json {
        println!("{}", serde_json::to_string(object)?);
    } else {
        println!("{}", words());
    }
    Ok(End::Ok)
}

fn reported(report: &Report, json: bool) -> anyhow::Result<End> {
    if json {
        println!("{}", serde_json::to_string(report)?);
    } else {
        for note in &report.refusals {
            println!("refused: {}: {}", note.place, note.what);
        }
        for note in &report.warnings {
            println!("note: {}: {}", note.place, note.what);
        }
        let Report { accepted, older, refused, .. } = report;
        println!("{accepted} accepted, {refused} refused, {older} older than what is held");
    }
    Ok(if report.refused == 0 { End::Ok } else { End::Finding })
}

fn known(container: &ContainerNumber, papers: &Papers) -> String {
    let state = match papers {
        Papers::Unknown => return format!("{container}: nothing is declared"),
        Papers::Stale(_) => "STALE declaration",
        Papers::Single(_) => "declaration",
        Papers::Several(_) => "declaration of several consignments",
    };
    let Some(declaration) = papers.declaration() else { return state.to_owned() };
    let transit = if declaration.is_transshipment() { ", transshipment" } else { "" };
    let (source, declared) = (&declaration.source, declaration.declared);
    let mut words = format!("{container}: {state}{transit}, {source} of {declared}");
    for consignment in &declaration.consignments {
        let or = |text: &Option<String>, none: &str| text.clone().unwrap_or_else(|| none.to_owned());
        let bill = or(&consignment.bill, "without a number");
        words += &format!("\n  bill {bill}, {}", or(&consignment.consignee, "no consignee"));
        for goods in &consignment.goods {
            let code = goods.code.as_ref().map_or("no code", |code| code.as_str());
            let mass = goods.mass_kg.map_or_else(|| "mass not declared".to_owned(), |mass| mass.to_string());
            words += &format!("\n    {code:<10} {mass:>12}  {}", goods.text);
        }
    }
    words
}

fn order(standing: &StandingHold) -> String {
    let StandingHold { id, hold } = standing;
    let on = match &hold.on {
        Held::Container(number) => format!("container {number}"),
        Held::Bill(bill) => format!("bill {bill}"),
        Held::Truck(plate) => format!("truck {plate}"),
    };
    let order = match hold.order {
        Order::Hold => "HOLD",
        Order::Inspect => "INSPECT",
    };
    let end = hold.expires.map_or_else(String::new, |expires| format!(", until {expires}"));
    let list = hold.list.as_ref().map_or_else(String::new, |list| format!(", list {list}"));
    format!("order {id}: {order} {on} by {}: {}{list}{end}", hold.owner, hold.reason)
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

fn sniffed(beginning: &[u8]) -> FormatName {
    let text = String::from_utf8_lossy(&beginning[..beginning.len().min(SNIFFED)]);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match text {
        text if ["UNA", "UNB", "UNH"].iter().any(|tag| text.starts_with(tag)) => FormatName::Edifact,
        text if text.starts_with(['{', '[']) => FormatName::Json,
        _ => FormatName::Csv,
    }
}

fn opened(path: &Path) -> anyhow::Result<File> {
    File::open(path).with_context(|| format!("{} cannot be read", path.display()))
}

fn now() -> anyhow::Result<Utc> {
    let ns = i64::try_from(jiff::Timestamp::now().as_nanosecond()).context("the clock is out of range")?;
    Ok(Utc(ns))
}
