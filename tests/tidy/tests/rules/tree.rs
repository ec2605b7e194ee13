//! The files that are, or are about to be, part of the repository.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// One text file.
pub struct File {
    /// From the root, with `/`.
    pub path: String,
    pub text: String,
}

impl File {
    /// Where a finding is, in the form that editors open.
    pub fn at(&self, line: usize, what: impl std::fmt::Display) -> String {
        format!("{}:{line}: {what}", self.path)
    }

    /// Each line with its number, from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.split('\n').enumerate().map(|(index, line)| (index + 1, line))
    }

    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// A file of a crate's `tests` or `benches`, or a module of unit tests in a file of its own.
    pub fn is_test(&self) -> bool {
        ["/tests/", "/benches/"].iter().any(|folder| self.path.contains(folder))
            || self.path.ends_with("/tests.rs")
            || self.path.starts_with("tests/")
    }

    /// `core/lane` for a file of that crate.
    pub fn crate_folder(&self) -> &str {
        let end = self.path.match_indices('/').nth(1).map_or(self.path.len(), |(at, _)| at);
        &self.path[..end]
    }
}

/// The workspace's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every text file that git knows or would add; what `.gitignore` names is no part of the tree.
pub fn files() -> &'static [File] {
    static FILES: OnceLock<Vec<File>> = OnceLock::new();
    FILES.get_or_init(|| {
        let mut paths: Vec<_> = list().split('\0').map(str::to_owned).collect();
        paths.sort_unstable();
        // What is no UTF-8 is an image; what cannot be read has been deleted and not committed yet.
        paths.into_iter().filter_map(|path| Some(File { text: read(&path)?, path })).collect()
    })
}

/// The Rust files.
pub fn rust() -> impl Iterator<Item = &'static File> {
    files().iter().filter(|file| file.is_rust())
}

/// Whether a path from the root is a file or a folder of the tree.
pub fn has(path: &str) -> bool {
    let folder = format!("{path}/");
    path.is_empty()
        || root().join(path).is_file()
        || files().iter().any(|file| file.path.starts_with(&folder))
}

fn list() -> String {
    let git = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
    let output = Command::new("git").args(git).current_dir(root()).output();
    let output = output.unwrap_or_else(|error| panic!("git is needed to list the tree: {error}"));
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap_or_else(|error| panic!("a file's name is no UTF-8: {error}"))
}

fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(root().join(path)).ok()
}
