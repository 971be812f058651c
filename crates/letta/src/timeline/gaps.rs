//! Gaps: where the newest page does not reach what stands here, and how one is filled from below, page by page. A gap's name says
//! what it stands above, so that a list that was saved and loaded again can go on filling it.

use model::{Content, Item, ItemId};

use super::edit::Edit;
use super::merge::Side;
use super::{APP, names};
use crate::Event;
use crate::event::Head;

/// The message of the server's that stands below a gap: what is missing stands before it. None for any other item.
pub fn below_gap(gap: &ItemId) -> Option<&str> {
    names::below_gap(gap)
}

impl Edit<'_> {
    /// Merges the newest page, which has nothing in common with what stands here: a gap is left between both.
    pub fn merge_beyond_gap(&mut self, page: Vec<Item>, events: &[Event]) {
        let Some(first) = events.iter().find_map(|event| event.head.id.clone()) else { return };
        self.leave_gap(&first);
        self.merge(page, events, Side::Beyond);
    }

    /// Puts what stood just above the row below a gap into it. `whole`: nothing is stored before that page.
    pub fn fill(&mut self, gap: &ItemId, page: Vec<Item>, events: &[Event], whole: bool) {
        let Some(at) = self.find(gap).filter(|at| matches!(self.items[*at].content, Content::Gap)) else { return };
        let above: Vec<ItemId> = self.items[..at].iter().map(|item| item.id.clone()).collect();
        let closed = self.merge(page, events, Side::Gap(gap.clone())).iter().any(|known| above.contains(known));
        let Some(at) = self.find(gap) else { return };
        let first = events.iter().find_map(|event| event.head.id.clone());
        match first {
            Some(first) if !closed && !whole => {
                let name = names::gap(&first);
                self.alter(at, |item| item.id = name);
            }
            Some(_) | None => self.remove(at),
        }
    }

    fn leave_gap(&mut self, below: &str) {
        let head = Head::default();
        let index = self.before_outbox();
        let mut gap = match self.push(names::gap(below), APP, &head, Content::Gap) {
            at if at == index => return,
            at => self.items[at].clone(),
        };
        // Words on their way stay below it.
        let last = self.items.len() - 1;
        self.remove(last);
        gap.position = 0;
        self.insert(index, vec![gap]);
    }
}

#[cfg(test)]
mod tests {
    use model::{Change, SendState};

    use crate::{Cast, Event, Timeline, below_gap};
    use model::Content;

    const NOW: i64 = 1_763_700_000_000;

    /// One turn as it is stored: the user's row, a step with thought, words and call, its return, an answer.
    fn turn(number: usize) -> Vec<Event> {
        let id = |part: usize| format!("message-{number:08x}-0000-4000-8000-00000000{part:02x}00");
        let (user, step, back, end) = (id(1), id(2), id(3), id(4));
        [
            format!(r#"{{"id":"{user}","otid":"otid-{number}","message_type":"user_message","content":"Question {number}"}}"#),
            format!(r#"{{"id":"{step}","message_type":"reasoning_message","reasoning":"Hm {number}."}}"#),
            format!(
                r#"{{"id":"{step}","message_type":"tool_call_message","tool_calls":[{{"name":"look","arguments":"{{}}","tool_call_id":"call_{number}"}}]}}"#
            ),
            format!(
                r#"{{"id":"{back}","message_type":"tool_return_message","tool_call_id":"call_{number}","tool_return":"Found","status":"success"}}"#
            ),
            format!(r#"{{"id":"{end}","message_type":"assistant_message","content":"Answer {number}"}}"#),
        ]
        .iter()
        .map(|json| Event::parse(json))
        .collect()
    }

    fn turns(numbers: std::ops::Range<usize>) -> Vec<Event> {
        numbers.flat_map(turn).collect()
    }

    fn lines(timeline: &Timeline) -> Vec<String> {
        timeline.items().iter().map(|item| format!("{} {:?}", item.id, item.content)).collect()
    }

    fn gap(timeline: &Timeline) -> Option<model::ItemId> {
        let gap = timeline.items().iter().find(|item| matches!(item.content, Content::Gap))?;
        Some(gap.id.clone())
    }

    /// The page before a message, of so many rows, as the server gives it.
    fn page(all: &[Event], before: &str, rows: usize) -> Vec<Event> {
        let end = all.iter().position(|event| event.head.id.as_deref() == Some(before)).unwrap();
        let mut from = end;
        let mut seen = 0;
        while from > 0 && seen < rows {
            from -= 1;
            if from == 0 || all[from - 1].head.id != all[from].head.id {
                seen += 1;
            }
        }
        all[from..end].to_vec()
    }

    /// Fills the gap in pages and checks that what is told is what stands.
    fn filled(mut timeline: Timeline, all: &[Event], rows: usize) -> (Timeline, usize) {
        let mut resets = 0;
        while let Some(gap) = gap(&timeline) {
            let mut told = timeline.items().to_vec();
            let page = page(all, below_gap(&gap).unwrap(), rows);
            for change in timeline.fill(&gap, &page, page.is_empty(), NOW) {
                resets += usize::from(matches!(change, Change::Reset { .. }));
                model::apply(&mut told, change);
            }
            assert_eq!(told, timeline.items());
            assert!(timeline.items().windows(2).all(|pair| pair[0].position < pair[1].position));
        }
        (timeline, resets)
    }

    #[test]
    fn a_gap_filled_page_by_page_is_an_uninterrupted_history() {
        let all = turns(0..300);
        let mut whole = Timeline::new(Cast::default());
        whole.newest(&all, NOW);
        // Pages end within turns, and within rows of what comes back.
        for rows in [1, 2, 3, 7, 50] {
            let mut timeline = Timeline::new(Cast::default());
            timeline.newest(&turns(0..10), NOW);
            let changes = timeline.newest_beyond_gap(&turns(290..300), NOW);
            assert!(!changes.is_empty() && gap(&timeline).is_some());
            let (timeline, resets) = filled(timeline, &all, rows);
            assert_eq!(lines(&timeline), lines(&whole), "{rows} rows a page");
            assert_eq!(resets, 0, "there is room");
        }
    }

    #[test]
    fn a_gap_at_the_very_beginning_ends_with_an_empty_page() {
        let all = turns(0..40);
        let mut timeline = Timeline::new(Cast::default());
        timeline.sent("otid-lost", "Never arrived", &[], NOW);
        timeline.end(crate::End::Interrupted { why: "Cut.".to_owned() }, NOW);
        timeline.newest_beyond_gap(&turns(30..40), NOW);
        let (timeline, _) = filled(timeline, &all, 50);
        assert_eq!(timeline.items().len(), 2 + 40 * 4, "{:#?}", lines(&timeline));
    }

    #[test]
    fn where_there_is_no_room_all_is_numbered_anew_and_told() {
        let all = turns(0..200);
        let mut timeline = Timeline::new(Cast::default());
        timeline.newest(&turns(0..5), NOW);
        timeline.newest_beyond_gap(&turns(195..200), NOW);
        let mut tight = timeline.items().to_vec();
        for (item, position) in tight.iter_mut().zip(100..) {
            item.position = position;
        }
        timeline.load(tight);
        let mut whole = Timeline::new(Cast::default());
        whole.newest(&all, NOW);
        let (timeline, resets) = filled(timeline, &all, 20);
        assert_eq!(resets, 1, "once: then there is room for all");
        assert_eq!(lines(&timeline), lines(&whole));
    }

    #[test]
    fn words_on_their_way_stay_below_and_what_was_cut_above_is_not_taken_for_whole() {
        let mut timeline = Timeline::new(Cast::default());
        timeline.newest(&turns(0..2), NOW);
        timeline.sent("otid-new", "On its way", &[], NOW);
        timeline.newest_beyond_gap(&turns(90..92), NOW);
        let items = timeline.items();
        let last = items.last().unwrap();
        assert!(matches!(&last.content, Content::User { text, state: SendState::Sending, .. } if text == "On its way"));
        let gap = items.iter().position(|item| matches!(item.content, Content::Gap)).unwrap();
        assert_eq!(gap, 8, "{:#?}", lines(&timeline));
        assert!(items.windows(2).all(|pair| pair[0].position < pair[1].position));

        let mut timeline = Timeline::new(Cast::default());
        timeline.newest(&turns(0..2), NOW);
        timeline.sent("otid-cut", "Go on", &[], NOW);
        let words = r#"{"id":"message-00000009-0000-4000-8000-000000000100","message_type":"assistant_message","content":"Half"}"#;
        timeline.receive(&Event::parse(words), NOW);
        timeline.end(crate::End::Interrupted { why: "Cut.".to_owned() }, NOW);
        let before = lines(&timeline).len();
        timeline.newest_beyond_gap(&turns(90..92), NOW);
        assert!(lines(&timeline)[..before].iter().any(|line| line.starts_with("cut/")), "{:#?}", lines(&timeline));
    }
}
