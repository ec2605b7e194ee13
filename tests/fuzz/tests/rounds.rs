//! Every target on its seeds and on a bounded number of mutations of them, the same on every machine.

use std::panic::{AssertUnwindSafe, catch_unwind};

use greenlane_fuzz as fuzz;
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;

const ROUNDS: usize = 2000;

fn rounds(run: fn(&[u8]), seeds: &[Vec<u8>]) {
    let mut random = ChaCha12Rng::seed_from_u64(4);
    let mutations = (0..ROUNDS).map(|_| fuzz::mutate::mutated(&mut random, seeds));
    for input in seeds.iter().cloned().chain(mutations) {
        if catch_unwind(AssertUnwindSafe(|| run(&input))).is_err() {
            panic!("the input was b\"{}\"", input.escape_ascii());
        }
    }
}

macro_rules! targets {
    ($($name:ident: $target:ident;)+) => {$(
        #[test]
        fn $name() {
            rounds(fuzz::$target::run, &fuzz::$target::seeds());
        }
    )+};
}

targets! {
    portal_lines_of_any_kind_keep_occupancies_whole: vm250;
    registers_of_any_kind_keep_occupancies_whole: yantar;
    documents_of_any_kind_keep_occupancies_whole: rs350;
    any_answers_of_a_box_end_every_command_once: modbus_io;
    any_post_gets_one_answer: http_ocr;
    any_n42_file_is_read_and_written_or_refused: n42;
    any_file_with_any_sidecar_is_one_image: image_folder;
    any_recording_is_read_or_refused: wire_file;
    any_stream_is_cut_the_same_however_it_comes: framing;
    any_configuration_is_loaded_or_refused_with_reasons: configuration;
    any_text_is_a_container_number_or_none: container_number;
    any_interchange_gives_whole_messages_or_reasons: edifact;
    any_table_gives_records_or_reasons: csv;
}

#[test]
fn a_run_that_fails_says_its_input() {
    let failed =
        catch_unwind(|| rounds(|bytes| assert!(bytes.len() < 4, "too long"), &[b"a\"\xff\n".to_vec()]));
    let said = failed.expect_err("four bytes are too long");
    assert_eq!(said.downcast_ref::<String>().map(String::as_str), Some(r#"the input was b"a\"\xff\n""#));
}
