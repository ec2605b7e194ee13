//! `greenlane_driver.h` and the Rust table are the same: a C compiler says where every field lies.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write;
use std::mem::offset_of;
use std::process::Command;

use greenlane_abi::{
    Bytes, DriverTable, HEADER, Host, Input, MAJOR, PANICKED, Request, Stamp, input, level, quality,
};

/// What C calls it, and its value in Rust.
type Fact = (String, i64);

macro_rules! layout {
    ($facts:ident, $c:literal, $rust:ty { $($field:ident),+ $(,)? }) => {
        $facts.push((format!("sizeof({})", $c), size_of::<$rust>() as i64));
        $facts.push((format!("_Alignof({})", $c), align_of::<$rust>() as i64));
        $(
            let name = stringify!($field);
            $facts.push((format!("offsetof({}, {name})", $c), offset_of!($rust, $field) as i64));
            $facts.push((format!("sizeof((({} *)0)->{name})", $c), size_of_field(|s: &$rust| &raw const s.$field)));
        )+
    };
}

macro_rules! constants {
    ($($c:literal = $rust:expr),+ $(,)?) => {
        vec![$(($c.to_owned(), i64::from($rust))),+]
    };
}

fn size_of_field<S, F>(_: impl Fn(&S) -> *const F) -> i64 {
    size_of::<F>() as i64
}

fn layouts() -> Vec<Fact> {
    let mut facts = Vec::new();
    layout!(facts, "gl_bytes", Bytes { ptr, len });
    layout!(facts, "gl_stamp", Stamp { mono_ns, utc_ns, uncertainty_ns });
    layout!(facts, "gl_input", Input { kind, code, id, first, second, a, b, c });
    layout!(facts, "gl_request", Request { kind, unit, address, count, data });
    layout!(
        facts,
        "gl_host",
        Host { size, major, ctx, observe, request, send, respond, outcome, wake_after, log, opened }
    );
    layout!(facts, "gl_driver_table", DriverTable { size, major, describe, open, handle, close });
    facts
}

fn constants() -> Vec<Fact> {
    constants!(
        "GL_MAJOR" = MAJOR,
        "GL_PANICKED" = PANICKED,
        "GL_CONNECTED" = input::CONNECTED,
        "GL_FRAME" = input::FRAME,
        "GL_REPLY_REGISTERS" = input::REPLY_REGISTERS,
        "GL_REPLY_BITS" = input::REPLY_BITS,
        "GL_REPLY_WRITTEN" = input::REPLY_WRITTEN,
        "GL_REPLY_EXCEPTION" = input::REPLY_EXCEPTION,
        "GL_REPLY_TIMEOUT" = input::REPLY_TIMEOUT,
        "GL_REQUEST" = input::REQUEST,
        "GL_FILE" = input::FILE,
        "GL_DUE" = input::DUE,
        "GL_LOST" = input::LOST,
        "GL_COMMAND" = input::COMMAND,
        "GL_ERROR" = level::ERROR,
        "GL_WARN" = level::WARN,
        "GL_INFO" = level::INFO,
        "GL_DEBUG" = level::DEBUG,
        "GL_TRACE" = level::TRACE,
        "GL_GOOD" = quality::GOOD,
        "GL_STALE" = quality::STALE,
        "GL_BAD" = quality::BAD,
    )
}

/// Asks the compiler for the value of each expression.
fn in_c(expressions: &[&str]) -> Vec<i64> {
    let folder = tempfile::tempdir().unwrap();
    let (source, program) = (folder.path().join("facts.c"), folder.path().join("facts"));
    let mut text = format!("{HEADER}\n#include <stdio.h>\nint main(void) {{\n");
    for expression in expressions {
        writeln!(text, "printf(\"%lld\\n\", (long long)({expression}));").unwrap();
    }
    text.push_str("return 0; }\n");
    std::fs::write(&source, text).unwrap();
    let compiled = Command::new("gcc")
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-o"])
        .args([&program, &source])
        .output()
        .expect("this test needs gcc: install it (apt-get install gcc)");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let said = Command::new(&program).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    said.lines().map(|line| line.parse().unwrap_or_else(|e| panic!("{line}: {e}"))).collect()
}

#[test]
fn every_size_offset_and_constant_is_the_same_in_c_and_in_rust() {
    let facts: Vec<Fact> = layouts().into_iter().chain(constants()).collect();
    let expressions: Vec<&str> = facts.iter().map(|(name, _)| name.as_str()).collect();
    let in_c = in_c(&expressions);
    assert_eq!(in_c.len(), facts.len());
    let differ: Vec<String> = (facts.iter().zip(&in_c))
        .filter(|((_, rust), c)| rust != *c)
        .map(|((name, rust), c)| format!("{name}: {rust} in Rust, {c} in C"))
        .collect();
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[test]
fn no_constant_of_the_header_is_left_out_of_the_comparison() {
    let known: Vec<String> = constants().into_iter().map(|(name, _)| name).collect();
    let words = HEADER.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let missing: Vec<&str> =
        words.filter(|w| w.starts_with("GL_") && !known.iter().any(|known| known == w)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_field_of_the_header_is_in_the_comparison() {
    // Each field is one `;` inside a struct; the prototype at the end of the file has one more.
    let compared = layouts().iter().filter(|(name, _)| name.starts_with("offsetof")).count();
    let structs =
        HEADER.split("typedef struct {").skip(1).map(|rest| rest.split('}').next().unwrap_or_default());
    let declared: usize = structs.map(|body| body.matches(';').count()).sum();
    assert_eq!(compared, declared);
}

#[test]
fn the_header_is_also_c_plus_plus() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("facts.cpp");
    std::fs::write(&source, HEADER).unwrap();
    // gcc checks C++ only where its C++ half is installed; the header must not need it.
    let version = Command::new("g++").arg("--version").output();
    if version.is_err() {
        eprintln!("g++ is not installed: not checked");
        return;
    }
    let compiled =
        Command::new("g++").args(["-Wall", "-Wextra", "-Werror", "-fsyntax-only"]).arg(&source).output();
    let compiled = compiled.unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
}
