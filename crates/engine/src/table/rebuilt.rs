//! A floor made out from what was said, where it cannot be read how it stood: the turns are counted on, and each has heard what was said
//! before its own last turn. Whose turn it was is not known: it is yours.

use std::collections::BTreeMap;

use model::{AgentId, Author, Content, ImageId, ImageRef, Item, Table};

use super::{
    floor::Floor,
    lane::Mirror,
    turn::{Line, Who},
};

impl Floor {
    /// From the items of a table, oldest first. `all`: there are none above them.
    pub(crate) fn rebuilt(items: &[Item], table: &Table, all: bool) -> Self {
        // Where earlier words are not there any more, those who never spoke are told that something is left out.
        let mut floor = Self { from: u64::from(!all), ..Self::default() };
        let mut heard: BTreeMap<AgentId, u64> = BTreeMap::new();
        let mut speaking = None;
        for item in items {
            let lane = Mirror::of(&item.id).map(|(number, _)| number);
            floor.turns = floor.turns.max(lane.unwrap_or_default());
            match (&item.content, &item.author) {
                (Content::User { text, images, .. }, _) => {
                    floor.messages += 1;
                    floor.say(Line { who: Who::You, text: text.clone(), images: kept(images) });
                    speaking = None;
                }
                (Content::Assistant { text, images, .. }, Author::Agent(speaker)) => {
                    let Some(agent) = speaker.id.clone() else { continue };
                    let goes_on = lane.is_some() && speaking == lane;
                    if !goes_on {
                        // It was told what was said before it spoke.
                        heard.insert(agent.clone(), floor.until());
                    }
                    speaking = lane;
                    match floor.lines.back_mut().filter(|_| goes_on) {
                        Some(line) => {
                            line.text.push_str("\n\n");
                            line.text.push_str(text.trim());
                            line.images.extend(kept(images));
                        }
                        None => {
                            let who = Who::Member { agent, name: speaker.name.clone() };
                            floor.say(Line { who, text: text.trim().to_owned(), images: kept(images) });
                        }
                    }
                }
                (_, _) => {}
            }
        }
        heard.retain(|agent, _| table.party(agent).is_some());
        floor.heard = heard;
        floor
    }
}

fn kept(images: &[ImageRef]) -> Vec<ImageId> {
    let kept = |image: &ImageRef| match image {
        ImageRef::Kept(picture) => Some(picture.image.clone()),
        ImageRef::Remote { .. } | ImageRef::Stored { .. } | ImageRef::Inline { .. } => None,
    };
    images.iter().filter_map(kept).collect()
}

#[cfg(test)]
mod tests {
    use model::{ItemId, Speaker, TextState};

    use super::*;
    use crate::table::tests::{agent, table};

    fn item(position: i64, id: &str, by: Option<&str>, text: &str) -> Item {
        let (author, content) = match by {
            Some(name) => (
                Author::Agent(Speaker { id: Some(agent(name)), name: name.to_owned() }),
                Content::Assistant { text: text.to_owned(), images: Vec::new(), state: TextState::Done },
            ),
            None => (
                Author::You,
                Content::User { text: text.to_owned(), images: Vec::new(), state: model::SendState::Sent },
            ),
        };
        Item { id: ItemId::from(id), position, author, at: 0, run: None, step: None, content }
    }

    fn unheard(floor: &Floor, name: &str) -> (Vec<String>, bool) {
        let (lines, lost) = floor.unheard_by(&agent(name));
        (lines.iter().map(|line| line.text.clone()).collect(), lost)
    }

    #[test]
    fn each_hears_on_from_its_own_last_turn_and_turns_are_counted_on() {
        let items = [
            item(1, "user/a", None, "Count"),
            item(2, "1/m", Some("Ibrahim"), "One"),
            item(3, "1/n", Some("Ibrahim"), "and a half"),
            item(4, "7/m", Some("Wen"), "Two"),
            item(5, "user/b", None, "On"),
        ];
        let table = table(&["Ibrahim", "Wen", "Rosa"], model::Pattern::CalledOn);
        let floor = Floor::rebuilt(&items, &table, true);
        assert_eq!((floor.turns, floor.messages, floor.round.number), (7, 2, 0));
        assert_eq!(unheard(&floor, "Ibrahim"), (vec!["Two".to_owned(), "On".to_owned()], false));
        assert_eq!(unheard(&floor, "Wen"), (vec!["On".to_owned()], false));
        assert_eq!(unheard(&floor, "Rosa").0, ["Count", "One\n\nand a half", "Two", "On"]);
        let floor = Floor::rebuilt(&items[1..], &table, false);
        assert!(unheard(&floor, "Rosa").1, "earlier words are left out");
        assert_eq!(unheard(&floor, "Ibrahim"), (vec!["Two".to_owned(), "On".to_owned()], false));
    }
}
