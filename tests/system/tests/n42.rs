//! `greenlane n42` on real files, and what other programs think of the files that it writes: xmllint (Debian:
//! libxml2-utils) with the schema, and SpecUtils (PyPI: SandiaSpecUtils, for the Python that `GREENLANE_PYTHON`
//! names, else `python3`).

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use greenlane_system::{run, workspace};
use serde_json::Value;

const STYLES: [&str; 3] = ["sample", "second", "rase"];
/// How long each reader reads the same files.
const MEASURED: Duration = Duration::from_secs(2);

/// The folder with the schema and the examples, which lie beside the repository.
fn shared() -> Option<PathBuf> {
    let folder = workspace().join("../shared/n42");
    if !folder.is_dir() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: the N42 examples beside the repository are not here");
        return None;
    }
    Some(folder)
}

fn examples(shared: &Path) -> Vec<PathBuf> {
    let folders = ["examples", "nai-base", "other"].map(|folder| shared.join(folder));
    let files = folders.iter().flat_map(|folder| folder.read_dir().expect("a folder of examples").flatten());
    let mut files: Vec<_> = files.map(|entry| entry.path()).collect();
    files.sort();
    assert!(files.len() >= 18, "{files:?}");
    files
}

fn checked(file: &Path, code: i32) -> Value {
    run(["n42".as_ref(), "check".as_ref(), file.as_os_str(), "--json".as_ref()]).with(code).json()
}

/// Every example in every style that it can be written in.
fn converted(shared: &Path, folder: &Path) -> Vec<PathBuf> {
    let mut written = Vec::new();
    for input in examples(shared) {
        for style in STYLES {
            let name = input.file_stem().expect("a name").to_string_lossy();
            let output = folder.join(format!("{name}-{style}.n42"));
            let arguments = ["n42".as_ref(), "convert".as_ref(), input.as_os_str(), output.as_os_str()];
            // Gross counts and windows are no spectrum for the last style.
            let has_spectrum =
                !["Annex_D", "Annex_L", "greenlane_minimal_gross", "greenlane_minimal_windows"]
                    .contains(&name.as_ref());
            let code = i32::from(style == "rase" && !has_spectrum);
            run(arguments.into_iter().chain(["--style".as_ref(), style.as_ref()])).with(code);
            assert_eq!(output.exists(), code == 0, "{}", output.display());
            written.extend((code == 0).then_some(output));
        }
    }
    written
}

fn python() -> Command {
    Command::new(std::env::var_os("GREENLANE_PYTHON").unwrap_or_else(|| "python3".into()))
}

/// What the script that asks SpecUtils prints; none when SpecUtils is not installed.
fn specutils(arguments: &[&str], files: &[PathBuf]) -> Option<String> {
    let script = workspace().join("tests/campaigns/n42.py");
    match python().arg(script).args(arguments).args(files).output() {
        Ok(said) if said.status.success() => Some(String::from_utf8(said.stdout).expect("it prints JSON")),
        Ok(said) if said.status.code() != Some(3) => panic!("{}", String::from_utf8_lossy(&said.stderr)),
        _ => {
            let _ =
                writeln!(std::io::stderr(), "SKIPPED: SpecUtils (PyPI: SandiaSpecUtils) is not installed");
            None
        }
    }
}

#[test]
fn the_verb_says_what_is_in_each_example_and_ends_accordingly() {
    let Some(shared) = shared() else { return };
    for file in examples(&shared) {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let is_new = file.starts_with(shared.join("examples"));
        // It needs the schema of its extension.
        let is_right = is_new && name != "Annex_L.n42";
        let said = checked(&file, i32::from(!is_right));
        assert_eq!(said["dialect"], if is_new { "2011" } else { "2006" }, "{name}");
        assert_eq!(said["schema"], if is_right { "ok" } else { "fail" }, "{name}");
        assert_eq!(
            (&said["documents"], said["rules"].as_array().map(Vec::len)),
            (&1.into(), Some(0)),
            "{name}"
        );
        assert_eq!(said["repairs"].as_array().map(Vec::len), Some(0), "{name}");
        let shown = run(["n42".as_ref(), "show".as_ref(), file.as_os_str()]).with(0);
        assert!(shown.stdout.contains("instrument"), "{name}: {}", shown.stdout);
    }
    let schema = shared.join("N42SchemaAddin.xsd");
    let extended = shared.join("examples/Annex_L.n42");
    let arguments = ["n42".as_ref(), "check".as_ref(), extended.as_os_str(), "--extension".as_ref()];
    run(arguments.into_iter().chain([schema.as_os_str()])).with(0);
    let minimal = checked(&shared.join("examples/greenlane_minimal_gross.n42"), 0);
    assert_eq!((&minimal["gamma_counts"], &minimal["neutron_counts"]), (&175.into(), &1.into()));
}

#[test]
fn a_broken_file_is_reported_in_every_respect() {
    let Some(shared) = shared() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("two.n42");
    let text =
        std::fs::read_to_string(shared.join("examples/greenlane_minimal_windows.n42")).expect("a file");
    let broken = text.replace("PT0.2S", "0.2").replace("\"M2 M3\"", "\"M2 M9\"");
    std::fs::write(&file, broken + &text).expect("room");
    let said = checked(&file, 1);
    assert_eq!((&said["documents"], &said["schema"]), (&2.into(), &"fail".into()));
    assert!(said["schema_errors"][0]["line"].as_u64().is_some_and(|line| line > 0), "{said}");
    assert_eq!(said["rules"], serde_json::json!(["RadMeasurementReferencesTypeMatch"]));
    assert_eq!(said["repairs"], serde_json::json!(["concatenated-documents", "bare-seconds"]));
    assert_eq!(said["gamma_counts"], 350);
    let output = folder.path().join("out.n42");
    run(["n42".as_ref(), "convert".as_ref(), file.as_os_str(), output.as_os_str()]).with(0);
    for name in ["out-1.n42", "out-2.n42"] {
        assert_eq!(checked(&folder.path().join(name), 0)["gamma_counts"], 175, "{name}");
    }
    std::fs::write(&file, "no N42").expect("room");
    assert_eq!(checked(&file, 1)["dialect"], "none");
}

#[test]
fn xmllint_takes_every_file_that_is_written() {
    let Some(shared) = shared() else { return };
    if Command::new("xmllint").arg("--version").output().is_err() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: xmllint (Debian: libxml2-utils) is not installed");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let written = converted(&shared, folder.path());
    let mut command = Command::new("xmllint");
    command.args(["--nonet", "--noout", "--schema"]).arg(shared.join("n42.xsd")).args(&written);
    let said = command.output().expect("it ran before");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    assert!(written.len() >= 50, "{}", written.len());
}

#[test]
fn specutils_counts_what_we_count_in_every_file_that_is_written() {
    let Some(shared) = shared() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let written = converted(&shared, folder.path());
    let Some(said) = specutils(&["sums"], &written) else { return };
    assert_eq!(said.lines().count(), written.len());
    for line in said.lines() {
        let theirs: Value = serde_json::from_str(line).expect("one object a line");
        let ours = checked(Path::new(theirs["file"].as_str().expect("a name")), 0);
        let (gamma, neutron) = (&ours["gamma_counts"], &ours["neutron_counts"]);
        assert_eq!(theirs["gamma"].as_f64(), gamma.as_f64(), "{theirs}");
        assert_eq!(theirs["neutron"].as_f64(), neutron.as_f64(), "{theirs}");
    }
}

/// Processor time, so that a busy machine does not decide. `tests/campaigns/n42.sh` asks it of the optimised program.
#[test]
fn reading_is_five_times_as_fast_as_specutils() {
    let Some(shared) = shared() else { return };
    let files = examples(&shared);
    let seconds = MEASURED.as_secs().to_string();
    let Some(said) = specutils(&["loop", &seconds], &files) else { return };
    let theirs: f64 = said.trim().parse().expect("nanoseconds a round");
    let (mut rounds, began, spent) = (0, Instant::now(), processor_ns());
    while rounds < 3 || began.elapsed() < MEASURED {
        for file in &files {
            // As theirs, from the file to the values.
            let bytes = std::fs::read(file).expect("it was read before");
            let reading = greenlane_n42::read(&bytes).expect("an example");
            assert!(!reading.documents.is_empty());
        }
        rounds += 1;
    }
    let ours = (processor_ns() - spent) / f64::from(rounds);
    let times = theirs / ours;
    let _ = writeln!(
        std::io::stderr(),
        "a round of {} files: ours {ours:.0} ns, theirs {theirs:.0} ns, {times:.1} times",
        files.len()
    );
    // Unoptimised, the XML parser and the checks of the arithmetic cost half of it.
    let least = if cfg!(debug_assertions) { 3.0 } else { 5.0 };
    assert!(times >= least, "only {times:.1} times as fast");
}

/// What this thread has spent.
fn processor_ns() -> f64 {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    spent.tv_sec as f64 * 1e9 + spent.tv_nsec as f64
}
