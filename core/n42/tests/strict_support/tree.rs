//! A document as a tree that can be changed and written again.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

#[derive(Clone, Debug)]
pub enum Node {
    Element(Element),
    /// Anything else, as it is written.
    Raw(String),
}

#[derive(Clone, Debug, Default)]
pub struct Element {
    pub name: String,
    /// Values as they are written.
    pub attributes: Vec<(String, String)>,
    pub nodes: Vec<Node>,
}

impl Element {
    /// The root of a well-formed document.
    pub fn parse(text: &str) -> Self {
        let mut reader = Reader::from_str(text);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().unwrap() {
                Event::Start(tag) => open.push(Self::open(&tag)),
                Event::Empty(tag) => open.last_mut().unwrap().nodes.push(Node::Element(Self::open(&tag))),
                Event::End(_) => {
                    let closed = Node::Element(open.pop().unwrap());
                    open.last_mut().unwrap().nodes.push(closed);
                }
                Event::Text(text) => open.last_mut().unwrap().nodes.push(Node::Raw(text.to_string())),
                Event::GeneralRef(name) => {
                    open.last_mut().unwrap().nodes.push(Node::Raw(format!("&{};", &*name)));
                }
                Event::Eof => break,
                _ => (),
            }
        }
        let found = open.remove(0).nodes.into_iter().find_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Raw(_) => None,
        });
        found.unwrap()
    }

    fn open(tag: &BytesStart<'_>) -> Self {
        let attributes = tag.attributes().map(|attribute| {
            let attribute = attribute.unwrap();
            (attribute.key.as_ref().to_owned(), attribute.value.to_string())
        });
        Self { name: tag.name().as_ref().to_owned(), attributes: attributes.collect(), nodes: Vec::new() }
    }

    pub fn write(&self, to: &mut String) {
        to.push('<');
        to.push_str(&self.name);
        for (name, value) in &self.attributes {
            let quote = if value.contains('"') { '\'' } else { '"' };
            to.push_str(&format!(" {name}={quote}{value}{quote}"));
        }
        to.push('>');
        for node in &self.nodes {
            match node {
                Node::Element(element) => element.write(to),
                Node::Raw(text) => to.push_str(text),
            }
        }
        to.push_str(&format!("</{}>", self.name));
    }

    /// Child elements.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Raw(_) => None,
        })
    }

    /// Number of elements, this one included.
    pub fn size(&self) -> usize {
        1 + self.elements().map(Self::size).sum::<usize>()
    }

    /// The element at a place in the order of the document, 0 for this one.
    pub fn at(&mut self, place: usize) -> &mut Self {
        let mut passed = 1;
        if place == 0 {
            return self;
        }
        for node in &mut self.nodes {
            if let Node::Element(child) = node {
                let size = child.size();
                if place < passed + size {
                    return child.at(place - passed);
                }
                passed += size;
            }
        }
        panic!("no element {place}");
    }
}
