//! Everything the window can ask, each with its reply: one list, of which the part about tables and groups is `tables`. Replies that
//! are made for one command are `reply`. Who answers is `engine::commands`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    AboutTool, AgentId, Attached, Attachment, Conversation, ConversationId, ExportFormat, Group, Guest, ImageId,
    ItemId, Loaded, LogPage, Pending, Place, ProfileId, QueuedId, SendOptions, SharedMemory, Standing, Streaming,
    Table, TakenBack, Theme, ToolCallId, Usage, WayOut,
};

mod reply;
#[macro_use]
mod tables;

pub use reply::{Connected, Forgotten, Keychain, Launched, Older, Opened, Shown};

/// Something the window can ask, with the type of its answer.
pub trait Command: Into<Call> {
    /// The answer.
    type Reply: Serialize + DeserializeOwned;
}

macro_rules! commands {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? } -> $reply:ty;)*) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            pub struct $name { $($(#[$field_meta])* pub $field: $type),* }
            impl Command for $name { type Reply = $reply; }
            impl From<$name> for Call { fn from(command: $name) -> Self { Self::$name(command) } }
        )*
        /// Any command, as it crosses from the window to the engine.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "command", content = "with", rename_all = "snake_case")]
        pub enum Call { $($(#[$meta])* $name($name)),* }
    };
}

with_tables! { commands! {
    /// The first question: what to show.
    Launch {} -> Launched;
    /// Finds a server, checks the key, keeps both. What went wrong is in the reply, step by step, not in a failure.
    Connect {
        /// Where. `Environment` cannot be asked for.
        place: Place,
        /// As typed; spaces and line ends around it are cut. None: keep the key already kept for this place, or use none.
        key: Option<String>,
        /// Save the key only in memory although a keychain exists, or because none does: the user agreed.
        memory_only: bool,
    } -> Connected;
    /// Forgets a server: its key, its saved talk, its drafts. Nothing on the server.
    RemoveProfile {
        /// Which.
        profile: ProfileId
    } -> ();
    /// What becomes of the tables when a server is forgotten, to be said before.
    Forgetting {
        /// Which.
        profile: ProfileId
    } -> Forgotten;
    /// The sidebar shows this server from now on.
    ChooseProfile {
        /// Which.
        profile: ProfileId
    } -> Vec<Conversation>;
    /// Asks the server again, now.
    Refresh {
        /// Which.
        profile: ProfileId
    } -> ();
    /// Opens a conversation. Its list follows as news: a frame with a reset first.
    Open {
        /// Which.
        conversation: ConversationId
    } -> Opened;
    /// The window no longer shows it. What runs goes on and is saved.
    Close {
        /// Which.
        conversation: ConversationId
    } -> ();
    /// Loads older turns of an open conversation; they come as news.
    Earlier {
        /// Which.
        conversation: ConversationId
    } -> Older;
    /// Starts a conversation of an agent beside its main thread, on servers that have them (see `Skill::Conversations`). It stands in
    /// the list at once.
    NewConversation {
        /// The agent's row, or that of one of its conversations.
        of: ConversationId,
        /// Its name; none: it has none yet.
        name: Option<String>,
    } -> ConversationId;
    /// Gives a conversation of an agent another name, on the server.
    RenameConversation {
        /// Which.
        conversation: ConversationId,
        /// Not empty, 120 letters at most.
        name: String,
    } -> ();
    /// Deletes a conversation of an agent, on the server. Not to be undone: ask first.
    DeleteConversation {
        /// Which.
        conversation: ConversationId
    } -> ();
    /// Fetches the page just above the lower end of a gap; it comes as news. What is left of the gap is a gap of another name.
    Fill {
        /// Where.
        conversation: ConversationId,
        /// The gap.
        gap: ItemId,
    } -> ();
    /// Says something. What cannot go now (an answer still comes, a request waits, the server is away) waits in the queue, which is
    /// told as news.
    Send {
        /// Where.
        conversation: ConversationId,
        /// What. May be empty if pictures go along.
        text: String,
        /// Attached pictures that go along, in order, [`crate::MOST_IMAGES`] at most. They leave the composer with the words.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        images: Vec<ImageId>,
    } -> ();
    /// Changes words that wait to be sent. A conflict if they went meanwhile.
    EditQueued {
        /// Where.
        conversation: ConversationId,
        /// Which.
        id: QueuedId,
        /// All of it. Not empty unless pictures go with it.
        text: String,
    } -> ();
    /// Takes words out of the queue and gives them back. A conflict if they went meanwhile.
    TakeBack {
        /// Where.
        conversation: ConversationId,
        /// Which.
        id: QueuedId,
    } -> TakenBack;
    /// Lets a queue go that waits for the user (see `WaitsFor::You`).
    SendQueued {
        /// Where.
        conversation: ConversationId
    } -> ();
    /// A run that is very long may go on (see `Conversation::long_run`). Asked again after as much once more.
    KeepGoing {
        /// Where.
        conversation: ConversationId,
        /// Whose, at a table: the one that was asked about; another may be by now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<AgentId>,
    } -> ();
    /// Chooses how words are sent here and answers shown, from the next message on.
    SetOptions {
        /// Where.
        conversation: ConversationId,
        /// All of them.
        options: SendOptions,
    } -> ();
    /// Stops what runs. What came is kept.
    Stop {
        /// Where.
        conversation: ConversationId
    } -> ();
    /// Tries again what failed or was interrupted: a message that did not arrive is sent again, an interrupted answer is looked
    /// for on the server first.
    Retry {
        /// Where.
        conversation: ConversationId,
        /// The item that offers it.
        item: ItemId,
    } -> ();
    /// Leaves words as they are of which nobody knows whether they arrived (see `SendState::Doubtful`): they are not sent again.
    Leave {
        /// Where.
        conversation: ConversationId,
        /// The item that offers it.
        item: ItemId,
    } -> ();
    /// Decides a waiting tool call.
    Decide {
        /// Where.
        conversation: ConversationId,
        /// Which call.
        tool_call: ToolCallId,
        /// Yes or no.
        approve: bool,
        /// Why not; the agent reads it.
        reason: Option<String>,
        /// What the card showed. If the request is another by now, the answer is a conflict and nothing is sent.
        shown: Shown,
    } -> ();
    /// What Tertulia itself knows of a call: the order of its arguments, how such calls were decided before, where it runs. Asks the
    /// server for the tool's schema if it is in reach and that is not known yet; never fails for want of it.
    StandingOf {
        /// Where.
        conversation: ConversationId,
        /// Which call.
        tool_call: ToolCallId,
    } -> Standing;
    /// Leaves a request that is stuck by another way than approving or denying it.
    Unstick {
        /// Where.
        conversation: ConversationId,
        /// A call of the request.
        tool_call: ToolCallId,
        /// Which way.
        way: WayOut,
        /// What the card showed, as for [`Decide`].
        shown: Shown,
    } -> ();
    /// Everything that waits for a decision on a server, oldest first, also where nothing was ever opened. News of the same follows.
    Inbox {
        /// Which server.
        profile: ProfileId
    } -> Vec<Pending>;
    /// The log of decisions, newest first.
    DecisionLog {
        /// Which server.
        profile: ProfileId,
        /// Only lines that hold all of these words, in whatever case; empty: all lines.
        words: String,
        /// Only decisions on this tool.
        #[serde(default)] about: Option<AboutTool>,
        /// Only lines older than this number.
        before: Option<i64>,
        /// At most this many lines; 1 to 500.
        limit: u32,
    } -> LogPage;
    /// Writes the log of decisions to a file that the user chooses. True: written; false: the user thought better of it.
    ExportDecisions {
        /// Which server.
        profile: ProfileId,
        /// In which shape.
        format: ExportFormat,
    } -> bool;
    /// Keeps what is written but not sent.
    SaveDraft {
        /// Where.
        conversation: ConversationId,
        /// All of it; empty forgets it.
        text: String,
    } -> ();
    /// Attaches a picture that the page got by itself. Pasted and dropped ones never reach it in every web view: ask for
    /// [`PasteImages`]; dropped files come as news.
    Attach {
        /// To the next message here.
        conversation: ConversationId,
        /// The name of its file.
        name: String,
        /// Its bytes in base64.
        base64: String,
    } -> Attached;
    /// Attaches the picture (or the picture files) in the clipboard, which the engine reads itself. All empty if there is none.
    PasteImages {
        /// To the next message here.
        conversation: ConversationId
    } -> Attached;
    /// Lets the user choose picture files and attaches them.
    ChooseImages {
        /// To the next message here.
        conversation: ConversationId
    } -> Attached;
    /// Takes an attached picture out again.
    Detach {
        /// Where.
        conversation: ConversationId,
        /// Which. An unknown one is no failure.
        image: ImageId,
    } -> Vec<Attachment>;
    /// Puts the attached pictures in this order. Those not named stay behind the others; unknown ones are left out.
    Reorder {
        /// Where.
        conversation: ConversationId,
        /// From the first on.
        images: Vec<ImageId>,
    } -> Vec<Attachment>;
    /// Loads a picture on the web that an item names, this once: without cookies, and not by the page.
    LoadOnce {
        /// Where.
        conversation: ConversationId,
        /// The item.
        item: ItemId,
        /// Which of its pictures, from 0: those of its list first, then those in its Markdown, in order.
        index: usize,
    } -> Loaded;
    /// Pictures on the web that agents name here are loaded unasked from now on, or no longer.
    AlwaysLoad {
        /// Where.
        conversation: ConversationId,
        /// Loaded.
        on: bool,
    } -> ();
    /// Lets the user choose where to save a picture. The reply is the name it was saved under; none: the user thought better of it.
    SaveImage {
        /// Which.
        image: ImageId
    } -> Option<String>;
    /// Puts a picture into the clipboard.
    CopyImage {
        /// Which.
        image: ImageId
    } -> ();
    /// The user has seen everything in it.
    MarkRead {
        /// Which.
        conversation: ConversationId
    } -> ();
    /// Opens a link outside the app. Refused unless http, https or mailto.
    OpenLink {
        /// As written in the message.
        url: String
    } -> ();
    /// How answers come from a server, from the next message on. `Background` is asked for again where the server had refused it.
    SetStreaming {
        /// Which server.
        profile: ProfileId,
        /// How.
        streaming: Streaming,
    } -> ();
    /// Light or dark.
    SetTheme {
        /// Which.
        theme: Theme
    } -> ();
} }
