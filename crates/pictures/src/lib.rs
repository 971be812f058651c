//! Pictures from anywhere, as bytes: what they are, whether they can be opened, and what is sent or shown of them. Pure: bytes go in,
//! bytes or a refusal in the user's words come out. Where they come from, where they are kept and who shows them is elsewhere.
//!
//! All of it may take a second of processor time for a large photo: call it where waiting is allowed.

mod bare;
mod encode;
mod measure;
mod open;
mod pixels;
mod refusal;
mod send;
mod sniff;
mod view;

pub use measure::{Measure, measure};
pub use pixels::{Pixels, from_pixels, pixels};
pub use refusal::{Refusal, size};
pub use send::{Limits, Prepared, prepare};
pub use sniff::{Format, sniff};
pub use view::{View, view};
