//! Which URL suits which kind of wire.

use std::path::Path;

use greenlane_driver::LinkKind;

use crate::near::{listed, nearest};

/// Scheme, an example, what must follow it, and whether it suits a kind of wire.
struct Scheme {
    name: &'static str,
    example: &'static str,
    rest: Rest,
    suits: fn(LinkKind) -> bool,
}

/// What follows `scheme:`.
#[derive(Clone, Copy, PartialEq)]
enum Rest {
    /// `//host:port`, perhaps a path.
    Address,
    /// `//path`, perhaps `?options`.
    Path,
    /// Any name.
    Any,
}

const SCHEMES: &[Scheme] = &[
    Scheme { name: "tcp", example: "tcp://192.168.1.20:1601", rest: Rest::Address, suits: is_stream },
    Scheme { name: "serial", example: "serial:///dev/ttyS0?baud=9600", rest: Rest::Path, suits: is_stream },
    Scheme { name: "modbus", example: "modbus://192.168.1.20:502", rest: Rest::Address, suits: is_modbus },
    Scheme {
        name: "modbus+rtu",
        example: "modbus+rtu:///dev/ttyS0?baud=19200",
        rest: Rest::Path,
        suits: is_modbus,
    },
    Scheme { name: "http", example: "http://0.0.0.0:8080/ocr", rest: Rest::Address, suits: is_push },
    Scheme { name: "folder", example: "folder:///var/lib/scanner/out", rest: Rest::Path, suits: is_folder },
    Scheme { name: "replay", example: "replay://capture.wire", rest: Rest::Path, suits: |_| true },
    Scheme { name: "virtual", example: "virtual:name", rest: Rest::Any, suits: |_| true },
];

/// A link that cannot be: what is wrong and what would be right.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub message: String,
    pub help: String,
}

/// Checks the form of a URL. `Ok` says nothing about whom it suits.
pub(crate) fn check(url: &str) -> Result<(), Wrong> {
    let (scheme, rest) = split(url)?;
    let whole = match scheme.rest {
        Rest::Any => !rest.is_empty(),
        Rest::Path => !path_of(rest).is_empty(),
        Rest::Address => rest.strip_prefix("//").is_some_and(is_address),
    };
    let wanted = match scheme.rest {
        Rest::Address => "an address and a port",
        Rest::Path => "a path",
        Rest::Any => "a name",
    };
    if whole {
        Ok(())
    } else {
        Err(Wrong { message: format!("`{url}` lacks {wanted}"), help: format!("e.g. `{}`", scheme.example) })
    }
}

/// Whether a driver that needs `kind` can use this URL.
pub(crate) fn suits(url: &str, kind: LinkKind, model: &str) -> Result<(), Wrong> {
    let (scheme, _) = split(url)?;
    if (scheme.suits)(kind) {
        return Ok(());
    }
    let right: Vec<&str> = SCHEMES.iter().filter(|one| (one.suits)(kind)).map(|one| one.example).collect();
    Err(Wrong {
        message: format!("`{}:` cannot carry {}, which `{model}` needs", scheme.name, shown(kind)),
        help: listed("links that can", right),
    })
}

/// The URL with a relative path made one from `folder`, so that it does not depend on the current folder.
pub(crate) fn anchored(url: &str, folder: &Path) -> String {
    let Ok((scheme, rest)) = split(url) else { return url.to_owned() };
    let path = path_of(rest);
    if scheme.rest != Rest::Path || path.is_empty() || Path::new(path).is_absolute() {
        return url.to_owned();
    }
    let options = rest.split_once('?').map_or(String::new(), |(_, options)| format!("?{options}"));
    format!("{}://{}{options}", scheme.name, folder.join(path).display())
}

fn split(url: &str) -> Result<(&'static Scheme, &str), Wrong> {
    let examples = || listed("links", SCHEMES.iter().map(|scheme| scheme.example));
    let Some((name, rest)) = url.split_once(':') else {
        return Err(Wrong { message: format!("`{url}` is no URL"), help: examples() });
    };
    if let Some(scheme) = SCHEMES.iter().find(|scheme| scheme.name == name) {
        return Ok((scheme, rest));
    }
    let near = nearest(name, SCHEMES.iter().map(|scheme| scheme.name));
    let near = near.map_or(String::new(), |near| format!("did you mean `{near}:`? "));
    Err(Wrong { message: format!("`{name}:` is no kind of link"), help: near + &examples() })
}

fn path_of(rest: &str) -> &str {
    let path = rest.split_once('?').map_or(rest, |(path, _)| path);
    path.strip_prefix("//").unwrap_or_default()
}

fn is_address(rest: &str) -> bool {
    let address = rest.split(['/', '?']).next().unwrap_or_default();
    let Some((host, port)) = address.rsplit_once(':') else { return false };
    !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_stream(kind: LinkKind) -> bool {
    use LinkKind::{Delimited, Framed, Lines, Raw};
    matches!(kind, Lines { .. } | Framed { .. } | Delimited { .. } | Raw { .. })
}

fn is_modbus(kind: LinkKind) -> bool {
    kind == LinkKind::Modbus
}

fn is_push(kind: LinkKind) -> bool {
    matches!(kind, LinkKind::HttpPush { .. })
}

fn is_folder(kind: LinkKind) -> bool {
    kind == LinkKind::Folder
}

fn shown(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::Lines { .. } => "lines of text",
        LinkKind::Framed { .. } | LinkKind::Delimited { .. } => "frames of bytes",
        LinkKind::Raw { .. } => "bytes",
        LinkKind::Modbus => "Modbus",
        LinkKind::HttpPush { .. } => "HTTP posts",
        LinkKind::Folder => "files",
    }
}
