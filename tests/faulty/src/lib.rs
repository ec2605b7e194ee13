//! Drivers with one planted fault each, and odd ones that have none: what the conformance suite is measured by.
//!
//! Each model is a good driver of the tree with a change in one place ([`mutation`]); `catalogue.toml` says of
//! each which requirement must find it. A fault deep inside a decoder is written as what it shows outside.
//! Some keep a clock, a thread's sleep or a hash map on purpose: that is the fault. Never install this library.
//!
//! `cargo build -p greenlane-faulty --profile faulty` puts it into `target/faulty`, away from real drivers.

pub mod cut;
pub mod data;
pub mod frame;
pub mod good;
pub mod identity;
pub mod image;
pub mod life;
pub mod mutation;
pub mod odd;
pub mod output;
pub mod portal;
pub mod presence;
pub mod times;
pub mod trouble;

use greenlane_driver::model::units::CountsPerSecond;

use crate::cut::Cut;
use crate::mutation::Faulty;

/// A rate; the numbers here are finite.
fn cps(value: f64) -> CountsPerSecond {
    CountsPerSecond::new(value).unwrap_or_default()
}

greenlane_driver::export_drivers!(
    Faulty<life::Plain>,
    Faulty<life::OtherFolder>,
    Faulty<life::SystemClock>,
    Faulty<life::StaticBackground>,
    Faulty<life::OtherDefault>,
    Faulty<life::UnknownKeys>,
    Faulty<life::ZeroPoll>,
    Faulty<life::Leaks>,
    Faulty<life::ReadsUnconnected>,
    Faulty<life::AsksOnce>,
    Faulty<life::FirstIsEdge>,
    Faulty<life::IndexesShort>,
    Faulty<life::Sleeps>,
    Faulty<life::WakesOn>,
    Faulty<times::NewestFirst>,
    Faulty<times::LocalIsUtc>,
    Faulty<times::BurstAtOnce>,
    Faulty<times::HashedPanels>,
    Faulty<times::ToldAgain>,
    Cut<cut::Right>,
    Cut<cut::KeepsHalf>,
    Cut<cut::SegmentIsLine>,
    Cut<cut::NeedsLf>,
    Cut<cut::ThrowsAway>,
    Cut<cut::Unbounded>,
    Faulty<frame::ThreeFields>,
    Faulty<frame::LastValue>,
    Faulty<frame::UpToLetter>,
    Faulty<frame::UnknownResets>,
    Faulty<frame::RawIsText>,
    Faulty<frame::LocksUp>,
    Faulty<trouble::DropsTheRest>,
    Faulty<trouble::WarnsEachLine>,
    Faulty<trouble::KeepsSamples>,
    Faulty<trouble::KeepsEvents>,
    Faulty<trouble::LowIsNormal>,
    Faulty<trouble::NeverCleared>,
    Faulty<trouble::FaultPerLine>,
    Faulty<trouble::AlarmElseFault>,
    Faulty<data::SpeedNotOffered>,
    Faulty<data::KilometresAnHour>,
    Faulty<data::ThousandFold>,
    Faulty<data::Percent>,
    Faulty<data::WordsSwapped>,
    Faulty<data::SinglePrecision>,
    Faulty<data::WholeSigma>,
    Faulty<presence::HalfPollAdded>,
    Faulty<presence::RealTimeout>,
    Faulty<presence::LastRepeated>,
    Faulty<presence::InversionIgnored>,
    Faulty<presence::PulsesFromLevel>,
    Faulty<presence::PlainSubtraction>,
    Faulty<presence::EdgeAfterDebounce>,
    Faulty<presence::ExceptionReadsClear>,
    Faulty<presence::StuckIsClear>,
    Faulty<portal::ZeroSpeed>,
    Faulty<portal::FirstSwallowed>,
    Faulty<portal::EndNeedsNeutrons>,
    Faulty<portal::OnlyEndLineEnds>,
    Faulty<portal::LockedOut>,
    Faulty<portal::PreRollUnflagged>,
    Faulty<portal::OpeningAlarmLost>,
    Faulty<portal::AlarmNeedsTwo>,
    Faulty<portal::AlarmNotInHighBackground>,
    Faulty<portal::BackgroundFollows>,
    Faulty<portal::FullDropped>,
    Faulty<portal::TamperClearedByReconnect>,
    Faulty<identity::WeightsFromRight>,
    Faulty<identity::Repaired>,
    Faulty<identity::NoReadLost>,
    Faulty<identity::CorrectionIsNew>,
    Faulty<identity::FirstOnly>,
    Faulty<identity::SureWithoutSaying>,
    Faulty<identity::LetterIsDigit>,
    Faulty<identity::SameOwnerLost>,
    Faulty<image::EightBits>,
    Faulty<image::ConstantPitch>,
    Faulty<image::FollowsLinks>,
    Faulty<output::Echoes>,
    Faulty<output::WatchdogUnread>,
    Faulty<output::Replays>,
    Faulty<odd::Healthy>,
    Faulty<odd::Late>,
    Faulty<odd::RawToo>,
    Faulty<odd::ExtraKey>,
    Faulty<odd::Unsure>,
    Faulty<odd::StartsLate>,
    Faulty<odd::Restless>,
    Faulty<odd::AsksLate>,
    Faulty<odd::LevelAgain>,
);
