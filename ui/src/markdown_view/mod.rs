//! An agent's words on the page: the typed tree of `markdown` as DOM nodes, made one by one and never from HTML. While words come, only
//! what grew is touched. Nothing here loads anything.

mod draw;
mod patch;

use markdown::{Block, Document};
use web_sys::{Element, Node, Text};

/// New words have their full ink after so many milliseconds (`--d-2` with a frame to spare); then they join the text before them.
const INK: f64 = 200.0;

/// A message on the page.
pub struct Prose {
    root: Element,
    document: Document,
    taken: String,
    drawn: Vec<Drawn>,
    growing: patch::Growing,
    caret: Option<Element>,
}

struct Drawn {
    version: u64,
    element: Element,
    block: Block,
}

/// New words that have not reached full ink.
struct Fresh {
    span: Element,
    home: Text,
    since: f64,
}

impl Prose {
    /// Nothing yet, to be drawn into `root`.
    pub fn new(root: Element) -> Self {
        Self {
            root,
            document: Document::new(),
            taken: String::new(),
            drawn: Vec::new(),
            growing: patch::Growing::default(),
            caret: None,
        }
    }

    /// Draws `text`, of which only what is new is read if it begins with what was drawn before. `live`: more is coming. `now` is any
    /// clock in milliseconds.
    pub fn show(&mut self, text: &str, live: bool, now: f64) {
        let is_first = self.taken.is_empty() && self.drawn.is_empty();
        match text.strip_prefix(self.taken.as_str()) {
            Some(more) if live || !is_first => {
                if !more.is_empty() {
                    self.document.append(more);
                }
                if !live {
                    self.document.finish();
                }
            }
            Some(_) => self.document = Document::finished(text),
            None => {
                self.document = if live { Document::new() } else { Document::finished(text) };
                if live {
                    self.document.append(text);
                }
                for drawn in &mut self.drawn {
                    drawn.version = u64::MAX;
                }
            }
        }
        text.clone_into(&mut self.taken);
        self.growing.inked = !live || is_first && text.len() > 400;
        self.draw(now);
        self.set_caret(live);
    }

    /// What it is drawn into.
    pub fn root(&self) -> &Element {
        &self.root
    }

    fn draw(&mut self, now: f64) {
        if let Some(caret) = &self.caret {
            caret.remove();
        }
        self.growing.settle(now, INK);
        let entries = self.document.blocks();
        for extra in self.drawn.drain(entries.len().min(self.drawn.len())..) {
            extra.element.remove();
        }
        for (at, entry) in entries.iter().enumerate() {
            match self.drawn.get_mut(at) {
                Some(drawn) if drawn.version == entry.version => {}
                Some(drawn) => {
                    if let Some(other) =
                        patch::block(&drawn.element, &drawn.block, &entry.block, &mut self.growing, now)
                    {
                        drawn.element = other;
                    }
                    drawn.version = entry.version;
                    drawn.block.clone_from(&entry.block);
                }
                None => {
                    let element = draw::block(&entry.block);
                    patch::ink(&element, &mut self.growing);
                    append(&self.root, &element);
                    self.drawn.push(Drawn { version: entry.version, element, block: entry.block.clone() });
                }
            }
        }
    }

    /// The caret stands behind the last word while more is coming.
    fn set_caret(&mut self, live: bool) {
        if !live {
            self.growing.settle(f64::INFINITY, 0.0);
            self.caret = None;
            return;
        }
        let caret = self.caret.get_or_insert_with(|| draw::element("span", "caret"));
        let leaf = self.drawn.last().map_or_else(|| self.root.clone(), |drawn| draw::last_leaf(&drawn.element));
        append(&leaf, caret);
    }
}

fn append(parent: &Element, child: &Node) {
    // Fails only for a child that contains its parent.
    parent.append_child(child).ok();
}
