//! How the task of a conversation begins: from what was saved, with words on their way put back and what a killed app left open
//! marked so. Who may speak in it comes from the sidebar.

use std::{collections::HashSet, sync::Arc};

use futures_util::stream::FuturesUnordered;
use letta::{Cast, Target, Timeline};
use model::{
    Content, Conversation, ConversationId, ConversationKind, Item, ProfileId, SendState, Speaker, TextState, ToolState,
};

use super::{actor::Talk, again::otid, budget::Budget, outbox::Outbox, page::Page, resuming::InDoubt, state::State};
use crate::{house::House, images};

impl Talk {
    /// The newest page as it was saved. What was under way when the app ended is interrupted.
    pub(super) async fn load(house: Arc<House>, id: ConversationId, target: Target) -> Self {
        let (page, items) = Page::load(Arc::clone(&house), id.clone()).await;
        let outbox = Outbox::load(&page).await;
        let cursor = house.store.cursor(&id).await.unwrap_or_default();
        let row = house.sidebar.row(&id);
        let profile =
            id.as_str().split_once('/').map_or_else(|| ProfileId::from(""), |(profile, _)| ProfileId::from(profile));
        let mut timeline = Timeline::new(row.as_ref().map(cast).unwrap_or_default());
        timeline.load(items);
        let mut talk = Self {
            id,
            profile,
            target,
            timeline,
            state: State::Idle,
            page,
            outbox,
            cursor,
            speaker: None,
            errands: FuturesUnordered::new(),
            looking: false,
            begun: 0,
            budget: Budget::default(),
            in_doubt: None,
            resent: None,
            restored: false,
            first: None,
            asks_changed: false,
            not_back: HashSet::new(),
            examined: None,
            refusal: None,
            asked_here: HashSet::new(),
            looked_up: HashSet::new(),
            retries: false,
            filling: HashSet::new(),
            ears: Vec::new(),
            told_ears: None,
            ending: Vec::new(),
            house,
        };
        talk.not_back = talk.house.store.not_back(&talk.id).await.unwrap_or_default().into_iter().collect();
        talk.note_first();
        talk.restore_unsent().await;
        talk.interrupt();
        talk
    }

    /// Words on their way whose rows are lost with the cache get their rows again.
    async fn restore_unsent(&mut self) {
        if self.page.more_saved {
            return;
        }
        let lost = self.timeline.items().is_empty();
        for words in self.house.store.unsent(&self.id).await.unwrap_or_default() {
            if !self.timeline.items().iter().any(|item| otid(item) == Some(words.otid.as_str())) {
                let pictures = images::outgoing(&self.house, &self.id, &words.images).await.unwrap_or_default();
                let changes = self.timeline.sent(&words.otid, &words.text, &images::references(&pictures), words.at);
                self.changed(changes);
            }
        }
        self.restored = lost && !self.timeline.items().is_empty();
    }

    /// Marks what a killed app left open. What became of it is asked as soon as the server is in reach.
    fn interrupt(&mut self) {
        let unfinished = self.timeline.items().iter().any(|item| match &item.content {
            Content::User { state, .. } => *state == SendState::Sending,
            Content::Assistant { state, .. } | Content::Reasoning { state, .. } => *state == TextState::Streaming,
            Content::Tool(call) => matches!(call.state, ToolState::Writing | ToolState::Running),
            Content::Notice(_) | Content::Error(_) | Content::Gap | Content::Round { .. } => false,
        });
        if unfinished {
            let sending = |item: &&Item| matches!(item.content, Content::User { state: SendState::Sending, .. });
            let otid = self.timeline.items().iter().rev().find(sending).and_then(otid).map(str::to_owned);
            self.in_doubt = otid.map(|otid| InDoubt { otid, restarted: true });
            let why = "Tertulia ended while this was being written.".to_owned();
            let changes = self.timeline.end(letta::End::Interrupted { why }, self.house.clock.now());
            self.changed(changes);
            self.queue_after_restart();
        } else if let Some(otid) = self.unanswered_words() {
            // The server took them; what it says to them may never have been heard here.
            self.in_doubt = Some(InDoubt { otid, restarted: true });
        }
    }

    /// The last words, if nothing at all is known to have come of them.
    fn unanswered_words(&self) -> Option<String> {
        let last = self.timeline.items().last()?;
        let is_sent = matches!(last.content, Content::User { state: SendState::Sent, .. });
        otid(last).filter(|_| is_sent).map(str::to_owned)
    }

    /// Who may speak, as the sidebar knows by now.
    pub(super) fn seat(&mut self, conversation: &Conversation) {
        let mut timeline = Timeline::new(cast(conversation));
        timeline.load(self.timeline.items().to_vec());
        self.timeline = timeline;
    }
}

/// Who may speak in it.
fn cast(conversation: &Conversation) -> Cast {
    let members: Vec<Speaker> = conversation
        .members
        .iter()
        .map(|member| Speaker { id: Some(member.agent.clone()), name: member.name.clone() })
        .collect();
    match conversation.kind {
        ConversationKind::Agent | ConversationKind::Conversation => {
            Cast { solo: members.into_iter().next(), members: Vec::new() }
        }
        ConversationKind::Group | ConversationKind::Table => Cast { solo: None, members },
    }
}
