//! A model's Markdown as a typed tree: no HTML, only links that may be opened, nothing invisible, and a tree that grows with its text
//! while only the open end is parsed again. How it is drawn is the window's `markdown_view`.
//!
//! ```
//! use markdown::{Block, Document, Inline};
//!
//! let mut document = Document::new();
//! document.append("It costs **one wo");
//! let strong = Inline::Strong(vec![Inline::Text("one wo".into())]);
//! assert_eq!(document.blocks()[0].block, Block::Paragraph(vec![Inline::Text("It costs ".into()), strong]));
//! ```

mod build;
mod clean;
mod document;
mod inlines;
mod link;
mod mend;
mod open;
mod tree;

pub use clean::visible;
pub use document::{Document, Entry};
pub use link::host;
pub use tree::{Alignment, Block, Cell, Inline, ListItem};

/// The tree of a whole text.
pub fn parse(text: &str) -> Vec<Block> {
    let text = clean::whole(text);
    build::build(&text, build::End::Closed, &build::Definitions::default())
        .blocks
        .into_iter()
        .map(|placed| placed.block)
        .collect()
}
