//! What waits for one listener, folded: changes of one conversation into one frame, states into their newest, parts into their list.

use std::collections::{HashMap, VecDeque};

use model::{Change, ConversationId, Frame, News, ProfileId, Turn, coalesce};

use super::told::Told;
use crate::sync::belongs;

/// This many changes may wait before they are folded.
const FOLD_AT: usize = 256;

/// What a piece of waiting news is about: a newer one of the same topic takes its place.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Topic {
    Timeline(ConversationId),
    Conversations(ProfileId),
    Conversation(ConversationId),
    Queue(ConversationId),
    Profiles,
    Connection(ProfileId),
    Approvals(ProfileId),
    Storage,
    Attached(ConversationId),
    Dragging,
    Loaded(ConversationId),
}

/// What one listener has not taken yet.
#[derive(Default)]
pub(super) struct Waiting {
    /// In the order in which they were first told.
    order: VecDeque<Topic>,
    timelines: HashMap<ConversationId, Timeline>,
    /// Newest state of every other topic that waits.
    states: HashMap<Topic, News>,
    /// Nothing comes any more.
    pub(super) closed: bool,
}

/// One open conversation as this listener knows it.
#[derive(Default)]
struct Timeline {
    /// The version of the last frame taken.
    version: u64,
    changes: Vec<Change>,
    turn: Option<Turn>,
}

impl Waiting {
    /// Folds in what was told.
    pub(super) fn put(&mut self, told: Told) {
        match told {
            Told::Opened { conversation, items, turn } => {
                let opened = Timeline { version: 0, changes: vec![Change::Reset { items }], turn: Some(turn) };
                self.timelines.insert(conversation.clone(), opened);
                self.queue(Topic::Timeline(conversation));
            }
            Told::Changed { conversation, changes, turn } => {
                let Some(timeline) = self.timelines.get_mut(&conversation) else { return };
                timeline.changes.extend(changes);
                timeline.turn = Some(turn);
                if timeline.changes.len() > FOLD_AT {
                    timeline.changes = coalesce(std::mem::take(&mut timeline.changes));
                }
                self.queue(Topic::Timeline(conversation));
            }
            Told::Closed { conversation } => {
                self.timelines.remove(&conversation);
            }
            Told::Conversations { profile, conversations } => {
                self.supersede(|topic| matches!(topic, Topic::Conversation(id) if belongs(id, &profile)));
                let news = News::Conversations { profile: profile.clone(), conversations };
                self.state(Topic::Conversations(profile), news);
            }
            Told::Conversation { conversation } => {
                let topic = Topic::Conversation(conversation.id.clone());
                self.state(topic, News::Conversation { conversation });
            }
            Told::Queue { conversation, queue } => {
                self.state(Topic::Queue(conversation.clone()), News::Queue { conversation, queue });
            }
            Told::Profiles { profiles } => {
                self.supersede(|topic| matches!(topic, Topic::Connection(_)));
                self.state(Topic::Profiles, News::Profiles { profiles });
            }
            Told::Connection { profile, connection } => {
                self.state(Topic::Connection(profile.clone()), News::Connection { profile, connection });
            }
            Told::Approvals { profile, pending } => {
                self.state(Topic::Approvals(profile.clone()), News::Approvals { profile, pending });
            }
            Told::Storage { warning } => self.state(Topic::Storage, News::Storage { warning }),
            Told::Attached { conversation, attachments, mut refused } => {
                let topic = Topic::Attached(conversation.clone());
                // What was refused before and not yet heard is not forgotten.
                if let Some(News::Attached { refused: before, .. }) = self.states.remove(&topic) {
                    refused.splice(0..0, before);
                }
                self.state(topic, News::Attached { conversation, attachments, refused });
            }
            Told::Dragging { over } => self.state(Topic::Dragging, News::Dragging { over }),
            Told::Loaded { conversation, loaded } => {
                self.state(Topic::Loaded(conversation.clone()), News::Loaded { conversation, loaded });
            }
        }
    }

    /// A whole list says it all: what still waits of its parts would only repeat or undo it. Their places go too, so that what is
    /// told of a part from now on is heard after the list.
    fn supersede(&mut self, by_the_list: impl Fn(&Topic) -> bool) {
        self.order.retain(|topic| !by_the_list(topic));
        self.states.retain(|topic, _| !by_the_list(topic));
    }

    fn state(&mut self, topic: Topic, news: News) {
        self.states.insert(topic.clone(), news);
        self.queue(topic);
    }

    fn queue(&mut self, topic: Topic) {
        if !self.order.contains(&topic) {
            self.order.push_back(topic);
        }
    }

    /// What was told first, as it stands by now.
    pub(super) fn take(&mut self) -> Option<News> {
        while let Some(topic) = self.order.pop_front() {
            let Topic::Timeline(conversation) = topic else {
                if let Some(news) = self.states.remove(&topic) {
                    return Some(news);
                }
                continue;
            };
            let Some(timeline) = self.timelines.get_mut(&conversation) else { continue };
            let Some(turn) = timeline.turn.take() else { continue };
            timeline.version += 1;
            let changes = coalesce(std::mem::take(&mut timeline.changes));
            return Some(News::Timeline(Frame { conversation, version: timeline.version, changes, turn }));
        }
        None
    }
}
