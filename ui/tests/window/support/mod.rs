//! What every test of the window begins with: a page, an engine before it, and what is said there.

mod engine;
mod made;
mod page;

pub use made::*;
pub use page::*;
