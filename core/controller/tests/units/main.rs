//! Units at work over real wires: in a thread, and in a child that this very executable is.
//!
//! Not under the usual harness, because that cannot be told to be a `device-host`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod burst;
#[path = "../common/mod.rs"]
mod common;
mod decode;
mod die;
mod http;
mod misbehave;
mod runner;
mod yard;

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("device-host") {
        return match greenlane_controller::device::device_host() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("device-host: {error}");
                ExitCode::from(2)
            }
        };
    }
    runner::run(tests![
        burst::twelve_thousand_lines_at_once_lose_no_sample,
        burst::a_full_queue_loses_only_what_may_be_lost_and_counts_it,
        decode::the_c_example_runs_over_a_real_line,
        decode::log_lines_of_a_driver_arrive,
        decode::wrong_settings_are_a_fault_and_the_device_is_down,
        decode::a_wrong_link_is_a_fault,
        die::an_isolated_driver_that_dies_takes_nobody_along_and_comes_back,
        die::a_child_killed_from_outside_comes_back,
        die::a_child_that_cannot_be_started_takes_no_order,
        die::a_unit_ends_with_its_handle,
        http::a_post_is_answered_only_after_the_commit,
        http::a_commit_from_before_a_restart_answers_nothing_after_it,
        misbehave::a_panic_is_a_fault_until_the_driver_is_opened_again,
        misbehave::a_panic_while_opening_is_tried_again_until_it_is_cured,
        misbehave::a_hanging_child_is_killed_and_started_again,
        misbehave::a_hanging_thread_is_abandoned,
        misbehave::a_flood_ends_the_child,
        misbehave::too_much_at_once_breaks_the_driver,
    ])
}
