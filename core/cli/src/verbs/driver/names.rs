//! The names of a new driver, as folder, file, package, module and type.

use std::path::PathBuf;

use super::new::refuse;

/// Longest name of a maker or a model, in bytes.
const MAX_BYTES: usize = 32;

/// What no module may be called: Rust's keywords, and what stands beside it in its crate.
const TAKEN: &[&str] = &[
    "abi",
    "abi_stable",
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "greenlane_driver",
    "greenlane_export",
    "if",
    "impl",
    "in",
    "let",
    "lib",
    "loop",
    "macro",
    "main",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

/// A maker and a model that can be names.
#[derive(Debug)]
pub struct Names {
    /// A folder of `vendors`.
    pub maker: String,
    /// A module of the maker's crate.
    pub model: String,
}

impl Names {
    /// # Errors
    /// A sentence that says what a name must be.
    pub fn parse(maker: &str, model: &str) -> anyhow::Result<Self> {
        if !is_name(maker, '-') {
            return refuse(
                maker,
                format!(
                    "a maker is at most {MAX_BYTES} lower case letters, digits and single '-', a letter first"
                ),
            );
        }
        if !is_name(model, '_') {
            return refuse(
                model,
                format!(
                    "a model is at most {MAX_BYTES} lower case letters, digits and single '_', a letter first, because it becomes a Rust module"
                ),
            );
        }
        if maker == "template" {
            return refuse(maker, "it is the folder that new drivers are copied from");
        }
        if TAKEN.contains(&model) {
            return refuse(
                model,
                "Rust or the crate around it has this word already; add the maker's series, or a digit",
            );
        }
        Ok(Self { maker: maker.to_owned(), model: model.to_owned() })
    }

    /// The word in a lane file.
    pub fn word(&self) -> String {
        format!("{}.{}", self.maker, self.model)
    }

    /// The cargo package.
    pub fn package(&self) -> String {
        format!("greenlane-{}", self.maker)
    }

    /// The crate's folder, from the root.
    pub fn folder(&self) -> PathBuf {
        PathBuf::from("vendors").join(&self.maker)
    }

    /// The driver's file, from the root.
    pub fn file(&self) -> PathBuf {
        self.folder().join("src").join(&self.model).with_extension("rs")
    }

    /// The kit's folder, from the root.
    pub fn kit(&self) -> PathBuf {
        self.folder().join("kits").join(&self.model)
    }

    /// The driver's type.
    pub fn type_name(&self) -> String {
        let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
        self.model.split('_').map(capital).collect()
    }

    /// A text or path of the template with these names in it.
    pub fn fill(&self, text: &str) -> String {
        text.replace("__maker__", &self.maker)
            .replace("__model__", &self.model)
            .replace("__Model__", &self.type_name())
    }
}

/// Words of lower case letters and digits joined by single `joint`s, a letter first.
fn is_name(text: &str, joint: char) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    text.len() <= MAX_BYTES
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.split(joint).all(is_word)
}
