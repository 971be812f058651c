//! What the two halves of Tertulia say to each other: the list of items a conversation is, the changes to it, the commands the
//! window may give and the news it hears. Serde only; no I/O, no clock, no Letta and no window.

pub mod ability;
pub mod approval;
pub mod change;
pub mod command;
pub mod conversation;
pub mod failure;
pub mod foreign;
pub mod group;
pub mod id;
pub mod image;
pub mod item;
pub mod memory;
pub mod news;
pub mod profile;
pub mod queue;
pub mod sending;
pub mod table;
pub mod usage;

pub use ability::{Ability, Can, Skill};
pub use approval::{
    AboutTool, Before, Delivery, ExportFormat, LogLine, LogPage, Outcome, Pending, Ruling, RunsWhere, SaidBefore,
    Standing, WayOut,
};
pub use change::{Change, Frame, apply, coalesce};
pub use command::{Call, Command};
pub use conversation::{Conversation, ConversationKind, LastWords, LongRun, Member, Pattern, Turn};
pub use failure::{Code, Failure};
pub use foreign::NOT_HERE;
pub use group::{Group, Way};
pub use id::{AgentId, ConversationId, ImageId, ItemId, ProfileId, QueuedId, RunId, ToolCallId};
pub use image::{Attached, Attachment, Loaded, MOST_IMAGES, Picture, Refused};
pub use item::{
    Author, Content, Decision, ImageRef, Item, Notice, SendState, Speaker, TextState, ToolCall, ToolReturn, ToolState,
    Trouble,
};
pub use memory::{SharedBlock, SharedMemory, Untold};
pub use news::News;
pub use profile::{Check, CheckState, Connection, Place, Profile, Streaming, Theme};
pub use queue::{Queue, Queued, TakenBack, WaitsFor};
pub use sending::{Pieces, SendOptions};
pub use table::{Floor, Guards, Guest, Held, PassesOn, Reached, Seat, SeatNow, SeatState, Table};
pub use usage::{MemberUsage, RoundUsage, Spent, Usage};
