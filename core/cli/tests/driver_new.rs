//! `greenlane driver new`, run in a copy of this checkout, and what docs/write-a-driver.md says about it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod blocks;

use std::fs::{File, FileTimes};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use blocks::{blocks, document};
use tempfile::TempDir;

#[test]
fn a_new_driver_is_made_tested_built_listed_and_run_as_the_document_says() {
    let checkout = Checkout::copy();
    let made = checkout.greenlane(&["driver", "new", "acme", "x100"]);
    assert!(said(&made).contains("test result: ok. 4 passed"), "{}", said(&made));
    assert!(said(&made).contains("no failure in"), "{}", said(&made));
    let made = checkout.greenlane(&["driver", "new", "acme", "x200"]);
    assert!(said(&made).contains("test result: ok. 8 passed"), "{}", said(&made));
    let manifest = checkout.read("Cargo.toml");
    assert_eq!(manifest.matches("    \"vendors/acme\",\n    \"vendors/aspect\",\n").count(), 2, "{manifest}");
    let before = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert_eq!(manifest.replace("    \"vendors/acme\",\n", ""), before, "all else stays as it was");
    checkout.succeeds("cargo", &["fmt", "--check", "-p", "greenlane-acme"]);

    checkout.succeeds("cargo", &["build", "-p", "greenlane-acme"]);
    let list = checkout.greenlane(&["driver", "list"]);
    let models = said(&list);
    assert!(models.contains("acme.x100") && models.contains("acme.x200"), "{models}");
    assert!(said(&checkout.greenlane(&["driver", "show", "acme.x100"])).contains("interval_s"));
    the_document_is_true(&checkout);
}

/// Its files are written where it says, its commands run, and one occupancy is recorded.
fn the_document_is_true(checkout: &Checkout) {
    let text = document("write-a-driver.md");
    let driver = checkout.read("vendors/acme/src/x100.rs");
    let rust = blocks(&text, "rust");
    for block in &rust {
        assert!(driver.contains(block.trim_end()), "no piece of what `driver new` makes:\n{block}");
    }
    let files = blocks(&text, "wire").into_iter().chain(blocks(&text, "toml"));
    for block in files {
        let name = block.lines().find_map(|line| line.strip_prefix("# file ")).unwrap_or_else(|| {
            panic!("a block without a `# file NAME` line:\n{block}");
        });
        let own_folder = block.replace("/data/", &format!("{}/", checkout.folder.path().display()));
        std::fs::write(checkout.folder.path().join(name), own_folder).unwrap();
    }
    assert!(rust.len() >= 3, "{}", rust.len());
    let commands: Vec<_> = blocks(&text, "sh").concat().lines().map(str::to_owned).collect();
    let own: Vec<_> = commands.iter().filter(|line| line.starts_with("greenlane ")).collect();
    let mut occupancies = String::new();
    for line in own.iter().filter(|line| !line.contains("driver new")) {
        let line = line.split('#').next().unwrap_or_default();
        let words: Vec<_> = line.split_whitespace().skip(1).collect();
        let told = said(&checkout.greenlane(&words));
        if line.contains("--kind occupancy") {
            occupancies = told;
        }
    }
    let ends = occupancies.lines().filter(|line| line.contains("\"end\":\"normal\"")).count();
    assert_eq!(ends, 1, "{occupancies}");
    assert!(checkout.read("results/acme.html").contains("What this does not show"));
}

#[test]
fn names_that_cannot_be_are_refused_and_nothing_is_written() {
    let checkout = Checkout::copy();
    let long = "a".repeat(33);
    for (maker, model, why) in [
        ("Acme", "x100", "lower case letters"),
        ("acme", "X100", "lower case letters"),
        ("../acme", "x100", "lower case letters"),
        ("acme", "x-100", "becomes a Rust module"),
        ("acme", "100", "a letter first"),
        ("acme-", "x100", "single '-'"),
        ("acme", "", "lower case letters"),
        (long.as_str(), "x100", "at most 32"),
        ("acme", "type", "has this word already"),
        ("acme", "lib", "has this word already"),
        ("acme", "stamp", "uses Stamp for something else"),
        ("template", "x100", "copied from"),
        ("modbus", "other", "plugins/modbus is the package greenlane-modbus already"),
        ("tsa", "vm250", "vendors/tsa/src/vm250.rs is there already"),
    ] {
        let refused = checkout.run(&["driver", "new", maker, model]);
        assert_eq!(refused.status.code(), Some(2), "{maker} {model}: {}", said(&refused));
        assert!(said(&refused).contains(why), "{maker} {model}: {}", said(&refused));
    }
    let outside = TempDir::new().unwrap();
    let workspace = outside.path().to_str().unwrap();
    let refused = checkout.run(&["driver", "new", "acme", "x100", "--workspace", workspace]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("no checkout of Greenlane"), "{}", said(&refused));
    assert!(!checkout.folder.path().join("vendors/acme").exists());
    let before = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert_eq!(checkout.read("Cargo.toml"), before);
}

#[test]
fn a_second_model_joins_a_maker_that_is_there() {
    let checkout = Checkout::copy();
    checkout.greenlane(&["driver", "new", "tsa", "other_2", "--no-test", "--workspace", "core"]);
    let lib = checkout.read("vendors/tsa/src/lib.rs");
    assert!(lib.contains("pub mod vm250;\npub mod other_2;\n"), "{lib}");
    assert!(lib.contains("export_drivers!(vm250::Vm250, other_2::Other2);"), "{lib}");
    assert!(checkout.read("vendors/tsa/src/other_2.rs").contains("= \"tsa.other_2\";"));
    let before = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert_eq!(checkout.read("Cargo.toml"), before, "it was a member");
    assert!(!checkout.folder.path().join("vendors/tsa/README.md").exists(), "only the model is new");
}

/// A copy of what git knows or would add, with the times of its files, so that cargo finds built what the
/// checkout itself has built.
struct Checkout {
    folder: TempDir,
}

impl Checkout {
    fn copy() -> Self {
        let folder = TempDir::new().unwrap();
        let git = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
        let list = Command::new("git").args(git).current_dir(root()).output().unwrap();
        let list = String::from_utf8(list.stdout).unwrap();
        let unneeded = ["docs/", "tests/scenarios/", "tests/fixtures/", "core/config/tests/"];
        let needed = list.split('\0').filter(|path| !unneeded.iter().any(|start| path.starts_with(start)));
        for path in needed.filter(|path| root().join(path).is_file()) {
            copy(&root().join(path), &folder.path().join(path));
        }
        Self { folder }
    }

    fn greenlane(&self, arguments: &[&str]) -> Output {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        output
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_greenlane")).args(arguments).output().unwrap()
    }

    fn succeeds(&self, program: &str, arguments: &[&str]) {
        let output = self.command(program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{program} {arguments:?}: {}", said(&output));
    }

    fn command(&self, program: &str) -> Command {
        let folder = self.folder.path();
        let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let mut command = Command::new(program);
        command.current_dir(folder).env("CARGO_NET_OFFLINE", "true");
        // What is built on the way is shared; what comes out is this checkout's own.
        command.env("CARGO_BUILD_BUILD_DIR", shared).env("CARGO_TARGET_DIR", folder.join("target"));
        command.env("GREENLANE_PLUGINS", folder.join("target/debug"));
        command.env("GREENLANE_CONFIGS", folder.join("configs"));
        command
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::copy(from, to).unwrap();
    let modified = from.metadata().unwrap().modified().unwrap();
    File::open(to).unwrap().set_times(FileTimes::new().set_modified(modified)).unwrap();
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
