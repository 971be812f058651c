//! What waits for one listener, folded: changes of one conversation into one frame, states into their newest, parts into their list.

use std::collections::{HashMap, VecDeque};

use model::{Change, ConversationId, Frame, News, ProfileId, Turn, coalesce};

use super::told::Told;

/// This many changes may wait before they are folded.
const FOLD_AT: usize = 256;

/// What a piece of waiting news is about: a newer one of the same topic takes its place.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Topic {
    Timeline(ConversationId),
    Conversations(ProfileId),
    /// In the list of a server: a table may have moved to another's than that at which it was made.
    Conversation(ProfileId, ConversationId),
    Queue(ConversationId),
    Profiles,
    Connection(ProfileId),
    Approvals(ProfileId),
    Storage,
    Attached(ConversationId),
    Dragging,
    Loaded(ConversationId),
}

/// What a state is about; none for a frame, which is made here.
fn topic(news: &News) -> Option<Topic> {
    Some(match news {
        News::Timeline(_) => return None,
        News::Conversations { profile, .. } => Topic::Conversations(profile.clone()),
        News::Conversation { conversation } => {
            Topic::Conversation(conversation.profile.clone(), conversation.id.clone())
        }
        News::Queue { conversation, .. } => Topic::Queue(conversation.clone()),
        News::Profiles { .. } => Topic::Profiles,
        News::Connection { profile, .. } => Topic::Connection(profile.clone()),
        News::Approvals { profile, .. } => Topic::Approvals(profile.clone()),
        News::Storage { .. } => Topic::Storage,
        News::Attached { conversation, .. } => Topic::Attached(conversation.clone()),
        News::Dragging { .. } => Topic::Dragging,
        News::Loaded { conversation, .. } => Topic::Loaded(conversation.clone()),
    })
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
            Told::Now(news) => self.put_state(news),
        }
    }

    fn put_state(&mut self, mut news: News) {
        let Some(topic) = topic(&news) else { return };
        match &mut news {
            News::Conversations { profile, .. } => {
                self.supersede(|topic| matches!(topic, Topic::Conversation(of, _) if of == profile));
            }
            News::Profiles { .. } => self.supersede(|topic| matches!(topic, Topic::Connection(_))),
            News::Attached { refused, .. } => {
                // What was refused before and not yet heard is not forgotten.
                if let Some(News::Attached { refused: before, .. }) = self.states.remove(&topic) {
                    refused.splice(0..0, before);
                }
            }
            News::Timeline(_)
            | News::Conversation { .. }
            | News::Queue { .. }
            | News::Connection { .. }
            | News::Approvals { .. }
            | News::Storage { .. }
            | News::Dragging { .. }
            | News::Loaded { .. } => {}
        }
        self.states.insert(topic.clone(), news);
        self.queue(topic);
    }

    /// A whole list says it all: what still waits of its parts would only repeat or undo it. Their places go too, so that what is
    /// told of a part from now on is heard after the list.
    fn supersede(&mut self, by_the_list: impl Fn(&Topic) -> bool) {
        self.order.retain(|topic| !by_the_list(topic));
        self.states.retain(|topic, _| !by_the_list(topic));
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
