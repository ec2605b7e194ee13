//! Declarations as JSON: one object each, in an array, a line each or one after the other.

use std::io::{self, BufRead};

use greenlane_model::Declaration;

use crate::record::{GOODS_MAX, Place, Record, Sink, Statement, TEXT_MAX};

/// Longest declaration, in bytes.
pub const OBJECT_BYTES_MAX: usize = 1024 * 1024;

/// Reads declarations into `sink`; their form is the JSON Schema of [`Declaration`].
///
/// # Errors
/// When the file cannot be read.
pub fn read(bytes: &mut dyn BufRead, sink: &mut dyn Sink) -> io::Result<()> {
    let mut objects = Objects { bytes, line: 1 };
    while let Some((place, object)) = objects.next()? {
        let mut place = place;
        let declaration = object.and_then(|object| {
            serde_json::from_slice::<Declaration>(&object).map_err(|error| {
                place.line += (error.line() as u64).saturating_sub(1);
                let what = error.to_string();
                // Its own place counts from the beginning of the object.
                what.split(" at line ").next().unwrap_or_default().to_owned()
            })
        });
        match declaration.and_then(checked) {
            Ok(declaration) => {
                for statement in statements(declaration) {
                    sink.take(place, Ok(Record::Consignment(statement)));
                }
            }
            Err(what) => sink.take(place, Err(what)),
        }
    }
    Ok(())
}

/// The JSON Schema of one declaration.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Declaration).into()
}

fn checked(declaration: Declaration) -> Result<Declaration, String> {
    if declaration.source.chars().count() > TEXT_MAX {
        return Err(format!("source: at most {TEXT_MAX} characters"));
    }
    let many = declaration.consignments.iter().any(|consignment| consignment.goods.len() > GOODS_MAX);
    if many {
        return Err(format!("more than {GOODS_MAX} lines of goods in one consignment"));
    }
    Ok(declaration)
}

fn statements(declaration: Declaration) -> Vec<Statement> {
    let Declaration { container, movement, fill, conveyance, consignments, source, declared } = declaration;
    let statement = |consignment| Statement {
        container: container.clone(),
        document: source.clone(),
        declared,
        movement,
        fill,
        conveyance: conveyance.clone(),
        consignment,
    };
    if consignments.is_empty() {
        return vec![statement(None)];
    }
    consignments.into_iter().map(|consignment| statement(Some(consignment))).collect()
}

/// The bytes of one object, or why there are none.
type Object = Result<Vec<u8>, String>;

/// Objects by their braces: a broken one does not take the next with it.
struct Objects<'a> {
    bytes: &'a mut dyn BufRead,
    line: u64,
}

impl Objects<'_> {
    fn next(&mut self) -> io::Result<Option<(Place, Object)>> {
        let place = loop {
            let Some(byte) = self.byte()? else { return Ok(None) };
            match byte {
                b'{' => break Place::line(self.line),
                b'[' | b']' | b',' | b' ' | b'\t' | b'\r' | b'\n' | 0xef | 0xbb | 0xbf => {}
                _ => {
                    let place = Place::line(self.line);
                    self.pass_line()?;
                    return Ok(Some((place, Err("a declaration begins with {".to_owned()))));
                }
            }
        };
        self.object().map(|object| Some((place, object)))
    }

    fn object(&mut self) -> io::Result<Object> {
        let mut object = vec![b'{'];
        let (mut depth, mut text, mut escaped, mut long) = (1_u32, false, false, false);
        while depth > 0 {
            let Some(byte) = self.byte()? else {
                return Ok(Err("the file ends inside a declaration".to_owned()));
            };
            match byte {
                _ if escaped => escaped = false,
                b'\\' if text => escaped = true,
                b'"' => text = !text,
                // A line end never stands in a text: the object is broken, and the next one may be whole.
                b'\n' if text => return Ok(Err("a text is opened and never closed".to_owned())),
                b'{' if !text => depth += 1,
                b'}' if !text => depth -= 1,
                _ => {}
            }
            long |= object.len() >= OBJECT_BYTES_MAX;
            if !long {
                object.push(byte);
            }
        }
        Ok(if long {
            Err(format!("a declaration of more than {OBJECT_BYTES_MAX} bytes"))
        } else {
            Ok(object)
        })
    }

    fn pass_line(&mut self) -> io::Result<()> {
        while self.byte()?.is_some_and(|byte| byte != b'\n') {}
        Ok(())
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        let byte = loop {
            match self.bytes.fill_buf() {
                Ok(buffer) => break buffer.first().copied(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        };
        if let Some(byte) = byte {
            self.bytes.consume(1);
            self.line += u64::from(byte == b'\n');
        }
        Ok(byte)
    }
}
