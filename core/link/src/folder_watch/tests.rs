use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn watch(sidecar: Sidecar, existing: Existing) -> Watch {
    let spec = FolderSpec { path: "/in".into(), settle: Duration::from_nanos(10), sidecar, existing };
    Watch::new(&spec)
}

fn seen(name: &str, bytes: u64) -> Seen {
    Seen { name: name.into(), bytes, written_ns: bytes as i64 }
}

fn complete(name: &str, bytes: u64, sidecar: Option<&str>) -> Step {
    Step::Complete { file: seen(name, bytes), sidecar: sidecar.map(str::to_owned) }
}

#[test]
fn a_growing_file_is_complete_only_after_it_has_stood_still() {
    let mut watch = watch(Sidecar::Optional, Existing::Read);
    assert_eq!(watch.look(0, &[seen("a.png", 1)]), []);
    assert_eq!(watch.look(9, &[seen("a.png", 2)]), [], "it grew");
    assert_eq!(watch.look(18, &[seen("a.png", 2)]), [], "only 9 ns since it grew");
    assert_eq!(watch.look(19, &[seen("a.png", 2)]), [complete("a.png", 2, None)]);
    assert_eq!(watch.look(99, &[seen("a.png", 2)]), [], "never twice");
}

#[test]
fn an_image_waits_for_its_settled_sidecar() {
    let mut watch = watch(Sidecar::Required, Existing::Read);
    assert_eq!(watch.look(0, &[seen("a.png", 1)]), []);
    assert_eq!(watch.look(50, &[seen("a.png", 1)]), [], "no sidecar yet");
    assert_eq!(watch.look(51, &[seen("a.png", 1), seen("a.xml", 3)]), [], "sidecar not settled");
    let both = [seen("a.png", 1), seen("a.xml", 3)];
    assert_eq!(watch.look(61, &both), [complete("a.png", 1, Some("a.xml"))]);
}

#[test]
fn a_sidecar_that_does_not_come_is_reported_once_and_still_waited_for() {
    let mut watch = watch(Sidecar::Required, Existing::Read);
    let late = Watch::PATIENCE_NS;
    assert_eq!(watch.look(0, &[seen("a.png", 1)]), []);
    assert_eq!(watch.look(late - 1, &[seen("a.png", 1)]), []);
    assert_eq!(watch.look(late, &[seen("a.png", 1)]), [Step::Lonely(seen("a.png", 1))]);
    assert_eq!(watch.look(2 * late, &[seen("a.png", 1)]), []);
    let both = [seen("a.png", 1), seen("a.json", 1)];
    watch.look(2 * late + 1, &both);
    assert_eq!(watch.look(2 * late + 11, &both), [complete("a.png", 1, Some("a.json"))]);
}

#[test]
fn a_file_that_cannot_be_read_yet_is_tried_again_after_the_settle_time() {
    let mut watch = watch(Sidecar::None, Existing::Read);
    watch.look(0, &[seen("a.png", 1)]);
    assert_eq!(watch.look(10, &[seen("a.png", 1)]).len(), 1);
    watch.wait_again(12, "a.png");
    assert!(watch.is_first_report("a.png"));
    assert_eq!(watch.look(21, &[seen("a.png", 1)]), []);
    assert_eq!(watch.look(22, &[seen("a.png", 1)]).len(), 1);
    assert!(!watch.is_first_report("a.png"));
}

#[test]
fn what_lies_there_at_the_start_is_skipped_unless_it_still_grows() {
    let mut watch = watch(Sidecar::None, Existing::Skip);
    assert_eq!(watch.look(0, &[seen("old.png", 1), seen("half.png", 1)]), []);
    assert_eq!(watch.look(20, &[seen("old.png", 1), seen("half.png", 2)]), []);
    let steps = watch.look(40, &[seen("old.png", 1), seen("half.png", 2)]);
    assert_eq!(steps, [complete("half.png", 2, None)]);
}

#[test]
fn a_file_that_changes_after_it_was_handed_over_is_reported() {
    let mut watch = watch(Sidecar::None, Existing::Read);
    watch.look(0, &[seen("a.png", 1)]);
    watch.look(10, &[seen("a.png", 1)]);
    assert_eq!(watch.look(11, &[seen("a.png", 2)]), [Step::Changed(seen("a.png", 2))]);
    assert_eq!(watch.look(99, &[seen("a.png", 2)]), []);
}

#[test]
fn a_folder_that_goes_away_and_comes_back_hands_nothing_over_twice() {
    let mut watch = watch(Sidecar::None, Existing::Read);
    watch.look(0, &[seen("a.png", 1)]);
    watch.look(10, &[seen("a.png", 1)]);
    watch.look(20, &[]);
    assert_eq!(watch.look(30, &[seen("a.png", 1)]), []);
    assert_eq!(watch.look(60, &[seen("a.png", 1)]), []);
}

#[test]
fn a_name_used_again_for_another_file_is_a_new_file() {
    let mut watch = watch(Sidecar::None, Existing::Read);
    watch.look(0, &[seen("scan.png", 1)]);
    watch.look(10, &[seen("scan.png", 1)]);
    watch.look(20, &[]);
    assert_eq!(watch.look(30, &[seen("scan.png", 7)]), []);
    assert_eq!(watch.look(40, &[seen("scan.png", 7)]), [complete("scan.png", 7, None)]);
}

#[test]
fn hidden_files_are_left_alone_and_the_oldest_comes_first() {
    let mut watch = watch(Sidecar::None, Existing::Read);
    let listing = [seen("a.png", 9), seen(".b.png", 1), seen("c.png", 2)];
    watch.look(0, &listing);
    let steps = watch.look(10, &listing);
    assert_eq!(steps, [complete("c.png", 2, None), complete("a.png", 9, None)]);
}

#[test]
fn memory_of_files_that_are_gone_is_bounded() {
    let mut watch = watch(Sidecar::None, Existing::Read);
    for round in 0..5 {
        let listing: Vec<_> =
            (0..Watch::MOST_FILES).map(|number| seen(&format!("{round}-{number}"), 1)).collect();
        watch.look(round, &listing);
    }
    assert!(watch.files.len() <= 2 * Watch::MOST_FILES, "{}", watch.files.len());
}

proptest! {
    /// Whatever the listings show: a version of a file is handed over at most once, and only when every
    /// listing within the settle time showed that version or none.
    #[test]
    fn no_version_of_a_file_is_handed_over_twice(
        rounds in prop::collection::vec(
            (1_u64..8, prop::collection::btree_map("[ab]\\.(png|xml)", any::<bool>(), 0..4)), 0..40)
    ) {
        let mut watch = watch(Sidecar::Optional, Existing::Read);
        let (mut now, mut versions) = (0, BTreeMap::<String, u64>::new());
        let (mut history, mut given) = (Vec::new(), Vec::new());
        for (pause, files) in rounds {
            now += pause;
            let mut listing = Vec::new();
            for (name, is_rewritten) in files {
                let version = versions.entry(name.clone()).or_insert(0);
                *version += u64::from(is_rewritten);
                listing.push(seen(&name, *version));
            }
            history.push((now, listing.clone()));
            for step in watch.look(now, &listing) {
                let Step::Complete { file, .. } = step else { continue };
                prop_assert!(!given.contains(&file), "{:?} twice", file);
                let recent = history.iter().rev().take_while(|(at, _)| now - at < 10);
                for seen in recent.flat_map(|(_, listing)| listing).filter(|seen| seen.name == file.name) {
                    prop_assert_eq!(seen, &file, "complete at {}", now);
                }
                given.push(file);
            }
        }
    }
}
