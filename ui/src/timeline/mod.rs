//! The conversation on the page: [`Rows`] holds it as signals, [`TimelineView`] draws the part of it that is in sight and keeps the
//! line being read where it is.

mod around;
pub mod entry;
mod held;
mod measure;
pub mod pace;
pub mod rows;
mod scroll;
mod sought;
pub mod time;
mod view;
pub mod who;

use std::{pin::Pin, sync::Arc};

use model::{AgentId, Failure, ItemId};

use crate::{elsewhere::Place, lightbox::Gallery};

pub use entry::{Entry, What};
pub use rows::{Rows, Taken};
pub use view::TimelineView;

/// Whether what was asked was done.
pub type Done = Pin<Box<dyn Future<Output = Result<(), Failure>>>>;

/// What the timeline asks of the rest of the window.
#[derive(Clone)]
pub struct Doings {
    /// `Retry` for an item.
    pub retry: Arc<dyn Fn(ItemId) + Send + Sync>,
    /// `Leave` for an item.
    pub leave: Arc<dyn Fn(ItemId) + Send + Sync>,
    /// Goes on without a member of a table (`Skip`).
    pub skip: Arc<dyn Fn(AgentId) + Send + Sync>,
    /// A table that a guard stopped goes on (`GoOn`).
    pub go_on: Arc<dyn Fn() + Send + Sync>,
    /// Loads older turns (`Earlier`), and calls [`Rows::older_loaded`] with the reply. Not asked again before older turns came or
    /// `older_loaded` was called.
    pub earlier: Arc<dyn Fn() + Send + Sync>,
    /// Fills the lower end of a gap (`Fill`); what comes of it comes as frames.
    pub fill: Arc<dyn Fn(ItemId) -> Done + Send + Sync>,
    /// Tells the agent that a tool which belongs to another program is not available here (`Decide`: no).
    pub turn_down: Arc<dyn Fn(ItemId) -> Done + Send + Sync>,
    /// The reader clicked a link of a message: ask the first time per host, then `OpenLink`. The address as written; http, https or
    /// mailto.
    pub open_link: Arc<dyn Fn(String) + Send + Sync>,
    /// Loads one picture on the web (`LoadOnce`): an item, and which of its pictures.
    pub load_image: Arc<dyn Fn(Place) + Send + Sync>,
    /// Pictures on the web are loaded unasked here, or no longer (`AlwaysLoad`).
    pub always_load: Arc<dyn Fn(bool) + Send + Sync>,
    /// The reader pressed a thumbnail: show it large, and the others of its row beside it.
    pub show_images: Arc<dyn Fn(Gallery) + Send + Sync>,
}
