//! The common performance standard: requirements as data, acceptance statistics, certificates, admission and
//! monitors. Everything is a pure function of what is given; files, keys, clocks and chance are the caller's.
//!
//! - `Standard::load(text, &Resolver { text, methods })`: a strict TOML file, its parents and parts, as one
//!   resolved set; the first problem with file, line and column. `resolved()` and `hash()` give what is sealed.
//! - `standard.requirements[id]`: a [`Requirement`] with `scope.applies(&offer)`, `number("name_unit")`,
//!   `integer`, `numbers`, `words`, `statement()`, `status()`; `standard.starting_with("rpm/")`, `in_order()`
//!   (each after what it requires), `levels(class)`, `unsure(status)` (who should read which clause).
//! - `judge(&plan, &trials)`: a [`Judgement`] (decision, bounds, cells); `plan.quick(300)`: the plan of a quick
//!   run; `verdict(&requirement, decision)`: the [`Verdict`]; `Waiver::check` and `Waiver::apply`.
//! - [`stats`]: `lower`, `upper`, `smallest_n`, `most_misses`, `binomial_cdf`, `poisson_upper`, `proven`,
//!   `broken`, `anytime_lower`, `anytime_upper`, `mcnemar_exact`, `decide`, `accepts`, `Change`.
//! - `Chain::begin(plan_hash)`, `add(&trial)`, `head()`: the lines of `trials.jsonl`; `Chained::read` checks them.
//!   `session_seed(&SeedOf, session)`: the seeds, by [`SEED_RULE`]. `canonical`, `hash`, `hash_of`: one form.
//! - [`Certificate`]: `objections(&standard)`, `sign(role, &secret)`, `text()`, `read(text)`;
//!   `verify(&Bundle { certificate, standard, plan, trials })`: everything that is not as stated; of `plan.json`
//!   it reads `planned`, each requirement's plan by id.
//! - `admit(&policy, certificate_text, &asked)`: an [`Admission`]; [`Revocations`] are read with `read` and given
//!   in `asked`.
//! - `Monitor::new(rule, now_s)`, `trial(is_hit, now_s)`, `restore(by, reason, now_s)`, `estimate(now_s)`; what is
//!   watched is `standard.monitors`.
//!
//! ```
//! use greenlane_standard::stats::{lower, smallest_n};
//! assert!(lower(60, 59, 0.95) > 0.923);
//! assert_eq!(smallest_n(0.90, 0, 0.95), Some(29));
//! ```

mod admission;
mod canonical;
mod certificate;
mod chain;
mod date;
mod judge;
mod load;
mod monitor;
mod plan;
mod record;
mod revocation;
mod seed;
mod standard;
pub mod stats;
mod value;
mod verdict;

pub use admission::{Admission, Asked, Otherwise, Policy, TrustedKey, admit};
pub use canonical::{NotCanonical, canonical, hash, hash_of};
pub use certificate::{
    Bundle, Certificate, Device, FORMAT, Finding, KitLevel, Plugin, Seed, Signature, StandardFacts, Suite,
    VALID_MONTHS, Valid, VerdictLine, counts, five_decimals, is_signature, public_key, sign, unverified,
    verify,
};
pub use chain::{Chain, ChainError, Chained};
pub use date::Date;
pub use judge::{Cell, Decision, Judgement, Trial, judge};
pub use load::{LoadError, Resolver};
pub use monitor::{Estimate, Monitor, Response, Rule, State, Transition, Watch};
pub use plan::{Double, Fixed, Plan, Quick, Sequential, Sprt};
pub use record::{
    AppliesTo, Clock, DECLARES, Effect, Erratum, Evidence, KIT_TRAITS, LINKS, Level, Limit, Offer, Param,
    Requirement, Scope, Source, Status, Subject, Test, Text, Tighten, Word, weakest,
};
pub use revocation::{LIST_OLD_DAYS, Revocations, Revoked, RevokedKind};
pub use seed::{SEED_RULE, SeedOf, misdrawn, session_seed};
pub use standard::{Standard, Unsure};
pub use value::Value;
pub use verdict::{Verdict, Waiver, verdict};
