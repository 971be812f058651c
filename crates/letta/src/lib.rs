//! The only crate that knows Letta's wire: bytes to events (`sse`, `event`), events to changes of a list of items (`timeline`,
//! `history`), and the requests (`client`, `turn`, `probe`). SQL, windows and who speaks next are elsewhere.

mod address;
mod client;
mod error;
pub mod event;
pub mod history;
mod probe;
pub mod replay;
pub mod sse;
mod standoff;
mod timeline;
mod turn;

pub use client::{
    Agent, Answer, Block, Charter, Client, ClientTool, Extras, Group, Health, Mode, Page, Resumed, Run, RunStatus,
    Target, Thread, Tool, ToolHome, Words,
};
pub use error::{Cause, Error, Refusal};
pub use event::{Body, Event, Head, Payload};
pub use probe::{Abilities, NO_BACKGROUND, Probe, Refused, Server, probe, warning_of};
pub use standoff::Standoff;
pub use timeline::{Cast, End, Timeline, below_gap};
pub use turn::{Ending, Heard, Turn};

/// Letta Cloud's address.
pub const CLOUD: &str = "https://api.letta.com";
