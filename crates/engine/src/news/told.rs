//! What the engine's parts say to everybody who listens. What a listener makes of it is `waiting`.

use model::{Change, ConversationId, Item, News, Turn};

/// What the engine's parts say; a listener makes [`News`] of it, with the frames of each conversation numbered for it alone.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// A conversation was opened: its whole page.
    Opened { conversation: ConversationId, items: Vec<Item>, turn: Turn },
    /// An open conversation changed.
    Changed { conversation: ConversationId, changes: Vec<Change>, turn: Turn },
    /// Nobody looks at it any more.
    Closed { conversation: ConversationId },
    /// Anything else, as it stands now. Never a frame: nobody else knows its number.
    Now(News),
}

impl From<News> for Told {
    fn from(news: News) -> Self {
        Self::Now(news)
    }
}
