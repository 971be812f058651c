//! A table of which it cannot be read how it stood: what can be made out from what was said at it is, and whoever was at it is left. What
//! is made out is `table::rebuilt`.

use model::{Author, Change, Content, Item, Notice};

use super::{Tabled, gone::cut_short};
use crate::table::{Floor, Mirror};

/// What the table says then.
const AFRESH: &str = "How this table stood could not be read: nobody is asked until you say something";

impl Tabled {
    /// Stands afresh, if it must.
    pub(super) async fn mend(&mut self) {
        if !self.state.unreadable {
            return;
        }
        let (items, all) = self.loaded().await;
        self.state.floor = Floor::rebuilt(&items, &self.table, all);
        self.state.unreadable = false;
        // Nothing more comes to what was being said.
        let cut: Vec<Change> = self.items.iter().filter_map(cut_short).map(|item| Change::Put { item }).collect();
        self.changed(cut);
        self.note(Author::App, Notice::Table { text: AFRESH.to_owned() });
        self.keep().await;
    }

    /// What was said, as far back as is needed: to the last turn of each who sits there, or to the beginning (true).
    async fn loaded(&mut self) -> (Vec<Item>, bool) {
        let mut items = self.items.clone();
        let mut more = self.page.more_saved;
        while more && !self.table.seats.iter().all(|seat| spoke(&items, &seat.agent)) {
            let Some(first) = items.first().map(|first| first.position) else { break };
            match self.house.store.before(&self.id, first, MOST).await {
                Ok(above) => {
                    more = above.more;
                    items.splice(0..0, above.items);
                }
                Err(error) => {
                    tracing::warn!(table = %self.id, %error, "what was said cannot be read");
                    break;
                }
            }
        }
        (items, !more)
    }
}

/// Items that are read at once.
const MOST: u32 = 500;

fn spoke(items: &[Item], agent: &model::AgentId) -> bool {
    items.iter().any(|item| {
        let theirs = item.speaker().and_then(|speaker| speaker.id.as_ref()) == Some(agent);
        theirs && matches!(item.content, Content::Assistant { .. }) && Mirror::of(&item.id).is_some()
    })
}
