//! Every write there is, as data: so that it can be queued, kept while the disk refuses, merged, and done again.

use model::{
    AgentId, Attachment, Conversation, ConversationId, ItemId, Loaded, Outcome, Profile, ProfileId, SendOptions,
    ToolCallId,
};
use rusqlite::Connection;

use super::{
    attachments,
    concern::Which,
    conversations,
    decisions::{self, LoggedDecision},
    drafts, hues,
    items::{self, SaveBatch},
    loaded,
    outbox::{self, Unsent},
    profiles, read_marks,
    sending::{self, Hold},
    settings::{self, Setting},
    tables::{self, SavedTable},
    tool_lists::{self, ListedTool},
};

/// One write: one transaction.
#[derive(Clone, Debug)]
pub(super) enum Write {
    Save(Box<SaveBatch>),
    /// The same into ours, for a table that the app leads, with how it stands.
    Said(Box<SaveBatch>),
    Conversations {
        profile: ProfileId,
        list: Vec<Conversation>,
    },
    Conversation(Box<Conversation>),
    ForgetTalk(ProfileId),
    ToolList {
        profile: ProfileId,
        agent: AgentId,
        tools: Vec<ListedTool>,
        at: i64,
    },
    Profile(Box<Profile>),
    ForgetProfile {
        profile: ProfileId,
        agents: Vec<AgentId>,
    },
    Setting {
        setting: Setting,
        value: String,
    },
    Draft {
        conversation: ConversationId,
        text: String,
        at: i64,
    },
    Unsent(Unsent),
    Sent {
        otid: String,
    },
    Options {
        conversation: ConversationId,
        options: SendOptions,
    },
    Hold {
        conversation: ConversationId,
        hold: Option<Hold>,
    },
    Seen {
        conversation: ConversationId,
        item: ItemId,
        at: i64,
    },
    Attachments {
        conversation: ConversationId,
        list: Vec<Attachment>,
    },
    Loaded {
        conversation: ConversationId,
        loaded: Box<Loaded>,
    },
    AlwaysLoad {
        conversation: ConversationId,
        on: bool,
    },
    Hues(Vec<AgentId>),
    Table(Box<SavedTable>),
    DeleteTable(ConversationId),
    Decision(Box<LoggedDecision>),
    Settled {
        conversation: ConversationId,
        tool_call: ToolCallId,
        outcome: String,
        at: i64,
    },
    CameBack {
        conversation: ConversationId,
        tool_call: ToolCallId,
        outcome: Outcome,
    },
}

impl Write {
    /// Where it goes.
    pub(super) fn which(&self) -> Which {
        match self {
            Self::Save(_)
            | Self::Conversations { .. }
            | Self::Conversation(_)
            | Self::ForgetTalk(_)
            | Self::ToolList { .. } => Which::Cache,
            Self::Said(_)
            | Self::Profile(_)
            | Self::ForgetProfile { .. }
            | Self::Setting { .. }
            | Self::Draft { .. }
            | Self::Unsent(_)
            | Self::Sent { .. }
            | Self::Options { .. }
            | Self::Hold { .. }
            | Self::Seen { .. }
            | Self::Attachments { .. }
            | Self::Loaded { .. }
            | Self::AlwaysLoad { .. }
            | Self::Hues(_)
            | Self::Table(_)
            | Self::DeleteTable(_)
            | Self::Decision(_)
            | Self::Settled { .. }
            | Self::CameBack { .. } => Which::Ours,
        }
    }

    /// Whether it is still right when it is done later. A decision is saved before it is sent or not sent at all.
    pub(super) fn can_wait(&self) -> bool {
        !matches!(self, Self::Decision(_))
    }

    /// For "could not …".
    pub(super) fn doing(&self) -> &'static str {
        match self {
            Self::Save(_) | Self::Said(_) => "save the conversation",
            Self::Conversations { .. } | Self::Conversation(_) => "save the list of conversations",
            Self::ForgetTalk(_) | Self::ForgetProfile { .. } => "forget the server",
            Self::Profile(_) => "save the server",
            Self::Setting { .. } => "save the setting",
            Self::Draft { .. } => "save the draft",
            Self::Unsent(_) | Self::Sent { .. } => "save the message to be sent",
            Self::Options { .. } => "save how messages are sent",
            Self::Hold { .. } => "save what the queue waits for",
            Self::Seen { .. } => "save what was read",
            Self::Attachments { .. } => "save the attached images",
            Self::Loaded { .. } => "save the loaded image",
            Self::AlwaysLoad { .. } => "save the setting",
            Self::Hues(_) => "save the colours",
            Self::Table(_) => "save the table",
            Self::DeleteTable(_) => "delete the table",
            Self::Decision(_) | Self::Settled { .. } | Self::CameBack { .. } => "save the decision",
            Self::ToolList { .. } => "save the list of tools",
        }
    }

    /// Does it. The caller holds the transaction.
    pub(super) fn apply(&self, to: &Connection) -> rusqlite::Result<()> {
        match self {
            Self::Save(batch) => items::save(to, batch),
            Self::Said(batch) => {
                items::save(to, batch)?;
                match &batch.state {
                    Some(state) => tables::put_state(to, &batch.conversation, state),
                    None => Ok(()),
                }
            }
            Self::Conversations { profile, list } => conversations::put_all(to, profile, list),
            Self::Conversation(conversation) => conversations::put(to, conversation),
            Self::ForgetTalk(profile) => {
                tool_lists::forget(to, profile)?;
                conversations::forget(to, profile)
            }
            Self::ToolList { profile, agent, tools, at } => tool_lists::put(to, profile, agent, tools, *at),
            Self::Profile(profile) => profiles::put(to, profile),
            Self::ForgetProfile { profile, agents } => {
                hues::forget(to, agents)?;
                profiles::forget(to, profile)?;
                tables::forget(to, profile)?;
                conversations::forget_said(to)
            }
            Self::Setting { setting, value } => settings::put(to, setting, value),
            Self::Draft { conversation, text, at } => drafts::put(to, conversation, text, *at),
            Self::Unsent(words) => outbox::put(to, words),
            Self::Sent { otid } => outbox::take(to, otid),
            Self::Options { conversation, options } => sending::put_options(to, conversation, options),
            Self::Hold { conversation, hold } => sending::put_hold(to, conversation, *hold),
            Self::Seen { conversation, item, at } => read_marks::put(to, conversation, item, *at),
            Self::Attachments { conversation, list } => attachments::put(to, conversation, list),
            Self::Loaded { conversation, loaded } => loaded::put(to, conversation, loaded),
            Self::AlwaysLoad { conversation, on } => loaded::put_always(to, conversation, *on),
            Self::Hues(agents) => hues::give(to, agents),
            Self::Table(saved) => tables::put(to, saved),
            Self::DeleteTable(of) => {
                profiles::forget_conversation(to, of)?;
                conversations::forget_one(to, of)?;
                tables::delete(to, of)
            }
            Self::Decision(decision) => decisions::put(to, decision),
            Self::Settled { conversation, tool_call, outcome, at } => {
                decisions::settle(to, conversation, tool_call, outcome, *at)
            }
            Self::CameBack { conversation, tool_call, outcome } => {
                decisions::complete(to, conversation, tool_call, outcome)
            }
        }
    }
}

/// Writes that wait for the disk, in order.
#[derive(Debug, Default)]
pub(super) struct Backlog(Vec<Write>);

impl Backlog {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Write> {
        self.0.iter()
    }

    /// Puts one at the end. What a talk that goes on saves every second becomes one batch, so that the backlog grows with the
    /// words and not with the time: batches of different conversations may change places, nothing else may.
    pub(super) fn push(&mut self, write: Write) {
        let (mut batch, again): (_, fn(Box<SaveBatch>) -> Write) = match write {
            Write::Save(batch) => (batch, Write::Save),
            Write::Said(batch) => (batch, Write::Said),
            write => {
                self.0.push(write);
                return;
            }
        };
        for earlier in self.0.iter_mut().rev() {
            let (Write::Save(earlier) | Write::Said(earlier)) = earlier else {
                break;
            };
            if earlier.conversation == batch.conversation {
                match earlier.absorb(*batch) {
                    Ok(()) => return,
                    Err(refused) => batch = refused,
                }
                break;
            }
        }
        self.0.push(again(batch));
    }

    /// The first is done.
    pub(super) fn done(&mut self) {
        if !self.0.is_empty() {
            self.0.remove(0);
        }
    }

    pub(super) fn first(&self) -> Option<&Write> {
        self.0.first()
    }
}
