//! When what changed is shown: at most one frame in 33 ms, the first token at once. Numbering and slow listeners are in `news`.

use std::time::Duration;

use model::Change;
use tokio::time::Instant;

/// Changes that wait for the next frame.
pub(super) struct Frames {
    waiting: Vec<Change>,
    shown: Option<Instant>,
    due: Option<Instant>,
    pause: Duration,
}

impl Frames {
    pub(super) fn new(pause: Duration) -> Self {
        Self { waiting: Vec::new(), shown: None, due: None, pause }
    }

    /// Adds changes; an empty list still asks for a frame (only the turn changed).
    pub(super) fn add(&mut self, changes: &[Change], now: Instant) {
        self.waiting.extend_from_slice(changes);
        let earliest = self.shown.map_or(now, |shown| shown + self.pause).max(now);
        self.due.get_or_insert(earliest);
    }

    /// The next change is shown at once, however short ago the last frame was.
    pub(super) fn hurry(&mut self) {
        self.shown = None;
    }

    /// When the next frame is due; none: nothing waits.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// The next frame's changes. None: nothing waits.
    pub(super) fn take(&mut self, now: Instant) -> Option<Vec<Change>> {
        self.due.take()?;
        self.shown = Some(now);
        Some(std::mem::take(&mut self.waiting))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ItemId;

    fn append() -> [Change; 1] {
        [Change::Append { id: ItemId::from("a"), text: "x".to_owned() }]
    }

    #[test]
    fn the_first_is_shown_at_once_and_the_rest_every_33_ms() {
        let mut frames = Frames::new(Duration::from_millis(33));
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        frames.add(&append(), at(0));
        assert_eq!(frames.due(), Some(at(0)));
        assert_eq!(frames.take(at(0)).map(|changes| changes.len()), Some(1));
        frames.add(&append(), at(1));
        frames.add(&append(), at(2));
        assert_eq!(frames.due(), Some(at(33)));
        assert_eq!(frames.take(at(33)).map(|changes| changes.len()), Some(2));
        assert_eq!(frames.due(), None);
        frames.add(&append(), at(500));
        assert_eq!(frames.due(), Some(at(500)), "after a pause, at once again");
    }

    #[test]
    fn a_first_token_does_not_wait_for_the_echo_before_it() {
        let mut frames = Frames::new(Duration::from_millis(33));
        let now = Instant::now();
        frames.add(&append(), now);
        frames.take(now);
        frames.hurry();
        frames.add(&append(), now + Duration::from_millis(1));
        assert_eq!(frames.due(), Some(now + Duration::from_millis(1)));
    }
}
