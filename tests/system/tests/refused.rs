//! Configurations that must not start: what is wrong, where, and nothing was begun.

use greenlane_system::{portal_lane, run};

/// A part of a right lane file, what takes its place, where the mistake is then, its key, and what would be right.
struct Case {
    from: &'static str,
    to: &'static str,
    place: &'static str,
    key: &'static str,
    help: &'static str,
}

const CASES: &[Case] = &[
    Case { from: "at_m = 12.0", to: "at_cm = 12.0", place: "9:1", key: "device[0].at_cm", help: "at_m" },
    Case {
        from: "at_m = 12.0",
        to: "at_m = \"twelve\"",
        place: "9:8",
        key: "device[0].at_m",
        help: "number",
    },
    Case {
        from: "tsa.vm250",
        to: "tsa.vm251",
        place: "7:9",
        key: "device[0].model",
        help: "did you mean `tsa.vm250`",
    },
    Case { from: "tcp://", to: "tpc://", place: "8:8", key: "device[0].link", help: "did you mean `tcp:`" },
    Case { from: "tcp://", to: "modbus://", place: "8:8", key: "device[0].link", help: "tcp://" },
    Case { from: "\"none\"", to: "\"thread\"", place: "10:13", key: "device[0].isolation", help: "process" },
    Case {
        from: "max_speed_kmh = 17",
        to: "max_speed_kmh = -17",
        place: "3:17",
        key: "lane.max_speed_kmh",
        help: "",
    },
    Case {
        from: "[lane]",
        to: "[policy]\nrequire = [\"image\"]\n\n[lane]",
        place: "2:12",
        key: "policy.require[0]",
        help: "image",
    },
    Case {
        from: "[[device]]",
        to: "[[bind]]\nrole = \"presence\"\ndevice = \"io\"\npoint = \"loop\"\n\n[[device]]",
        place: "7:10",
        key: "bind[0].device",
        help: "portal",
    },
    Case { from: "[[device]]", to: "[[device]\n", place: "5:10", key: "", help: "" },
];

#[test]
fn a_wrong_configuration_is_shown_with_its_place_and_nothing_starts() {
    for case in CASES {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (config, journal) = (folder.path().join("lane.toml"), folder.path().join("lane.journal"));
        let right = portal_lane("tcp://127.0.0.1:1601", "none");
        assert!(right.contains(case.from), "{}", case.from);
        std::fs::write(&config, right.replacen(case.from, case.to, 1)).expect("a lane file");
        let (file, journal_file) = (config.as_os_str(), journal.as_os_str());
        let check = run(["check".as_ref(), file]).with(2);
        let run = run(["run".as_ref(), file, "--journal".as_ref(), journal_file]).with(2);
        for ended in [check, run] {
            assert_eq!(ended.stdout, "", "{}", case.to);
            let place = format!("{}:{}", config.display(), case.place);
            for wanted in [&place, case.key, case.help, "nothing was started"] {
                assert!(ended.stderr.contains(wanted), "{}: no {wanted:?} in\n{}", case.to, ended.stderr);
            }
        }
        let files: Vec<_> = folder.path().read_dir().expect("a folder").flatten().collect();
        assert_eq!(files.len(), 1, "{}: a refused configuration left files behind: {files:?}", case.to);
    }
}

#[test]
fn a_wrong_lane_of_a_site_is_named_by_its_own_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let site = folder.path().join("site.toml");
    std::fs::write(&site, "[site]\nname = \"west\"\nlanes = [\"in-*.toml\"]\n").expect("a site file");
    let right = portal_lane("tcp://127.0.0.1:1601", "none");
    std::fs::write(folder.path().join("in-01.toml"), &right).expect("a lane file");
    let second =
        right.replace("in-01", "in-02").replace("\"portal\"", "\"portal-2\"").replace("12.0", "-1.0");
    std::fs::write(folder.path().join("in-02.toml"), second).expect("a lane file");
    let ended = run(["check".as_ref(), site.as_os_str()]).with(2);
    assert!(ended.stderr.contains("in-02.toml:9:8"), "{}", ended.stderr);
}
