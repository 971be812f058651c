//! The demo: four people of a small magazine and their table. Who is there and who answers what; their words are beside, one file
//! a person. Scripted answers, no model, and they say so first.

mod elena;
mod ibrahim;
mod past;
mod pictures;
mod rosa;
mod seated;
mod topic;
mod wen;

use std::time::Duration;

use crate::{
    Answer, Fault, Pace, Step,
    ledger::Ledger,
    mind::{Heard, Mind, Scene},
    pace::tokens,
    settings::Settings,
    world::World,
};
pub use seated::tables;
use topic::Topics;

/// The people, in the order of the table, with their roles.
pub(crate) const PEOPLE: [(&str, &str); 4] =
    [("Ibrahim", "Research"), ("Wen", "Fact check"), ("Rosa", "Layout"), ("Elena", "Editor")];

/// The world of the demo. It presents itself as 0.16.8: agents have conversations, and groups are the app's own.
pub(crate) fn world(pace: Pace) -> World {
    let settings = Settings {
        version: "0.16.8".to_owned(),
        key: None,
        pace,
        ping_every: Duration::from_secs(20),
        groups: false,
        rows_a_page: None,
        redis: None,
        conversations: true,
        old_agents: false,
    };
    World::new(settings, Mind::Demo, Ledger::keeping(100), past::state())
}

/// A message, as one of the four hears it.
pub(crate) struct Ask {
    topics: Topics,
    /// Messages in this thread before this one.
    before: usize,
    /// Pictures that came with it.
    pictures: usize,
}

impl Ask {
    /// One of three, so that the same person does not ask the same thing twice in a row.
    fn pick(&self, choices: [&'static str; 3]) -> &'static str {
        choices[self.before % choices.len()]
    }
}

/// What one of the four says.
pub(crate) fn answer(scene: &Scene) -> Answer {
    let steps = match scene.heard {
        Heard::Words(text, pictures) => seated::said(scene, text, pictures)
            .unwrap_or_else(|| said(scene, &Ask { topics: Topics::of(text), before: scene.before, pictures })),
        Heard::Decided(decided) => ibrahim::decided(decided),
        Heard::Again => vec![Step::text("I heard you the first time; it is done.")],
    };
    match tunnel(&steps) {
        Some(event) => Answer::of(steps).but(Fault::CutAfterEvent(event)),
        None => Answer::of(steps),
    }
}

/// The event behind which the line tears while Elena reads from the train: the last before the tunnel. The run goes on, as it does on
/// a real server, so that whoever asks for it afterwards has all of it.
fn tunnel(steps: &[Step]) -> Option<usize> {
    const PING: usize = 1;
    let before = steps.iter().find_map(|step| {
        let Step::Text(text) = step else { return None };
        text.find(elena::TUNNEL).map(|at| &text[..at])
    })?;
    Some(PING + tokens(before).count())
}

fn said(scene: &Scene, ask: &Ask) -> Vec<Step> {
    let steps = match scene.agent {
        "Ibrahim" => ibrahim::alone(ask),
        "Wen" => wen::alone(ask),
        "Rosa" => rosa::alone(ask),
        _ => elena::alone(ask),
    };
    let notice = "This is the demo: I answer from a script, there is no model behind me.";
    if ask.before == 0 { first_words(notice, steps) } else { steps }
}

/// Puts a notice before the first words of an answer.
fn first_words(notice: &str, mut steps: Vec<Step>) -> Vec<Step> {
    for step in &mut steps {
        if let Step::Text(text) = step {
            *text = format!("{notice}\n\n{text}");
            break;
        }
    }
    steps
}

fn help(mine: &str) -> String {
    format!(
        "Things to try here:\n\n\
         - {mine}\n\
         - Say something at the **Autumn issue** table and we answer in turn; after the first message everyone speaks twice.\n\
         - Press **Stop** while one of us speaks.\n\
         - Ask **Rosa** for code, **Wen** for figures, **Elena** for a long story.\n\n\
         I know some words and answer to those; to anything else I ask something back. Connect a Letta server for the real thing."
    )
}

/// A text long enough to be stopped.
fn story() -> &'static str {
    "In June the forest turns red. Not the leaves: the trunks. Where the bark was this morning there is a colour that no paint maker \
     has managed yet, and by August it will be brown, and in nine years it will be bark again.\n\n\
     The cutters work in pairs, because the axe needs a second opinion. One strikes, one listens. If the blow sounds dull the bark \
     is not ready and they go on to the next tree without a word; if it rings, they open it from the crown to the root in four cuts \
     and lift it off like a coat. A good pair strips *six hundred kilos* before the heat sends them home at two.\n\n\
     Nobody here calls it a harvest. They say *tirada*, the taking, and they say it quietly. The number painted on each trunk is the \
     last digit of the year: a **6** this time, and whoever paints it knows that someone else may paint the next one.\n\n\
     Her grandfather painted fives. Her father painted fours, and then threes, for the summers slipped, and once a nine, for the \
     fire. She has the brush now, and a tin of white, and a list of trees that are older than the country’s road numbers. The first \
     cork of a tree is good for nothing but floors; the second for little more; only the third, when the tree is forty-three, closes \
     a bottle. You plant them, she says, for people who will not know your name.\n\n\
     At the factory in the valley the planks are boiled and stacked under stones to forget that they were round. The sorter takes \
     each one in both hands and decides in a second what it will be for the rest of its life. She has done that for thirty-one years \
     and has never, she says, been asked how. One looks, and it is either quiet or it is not.\n\n\
     We asked her what she does with the ones that are not. She laughed. Those, she said, go into the walls of recording studios. \
     They have had enough of noise themselves."
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(answer: &Answer) -> String {
        answer
            .steps
            .iter()
            .filter_map(|step| match step {
                Step::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    fn scene<'a>(agent: &'a str, text: &'a str, before: usize) -> Scene<'a> {
        Scene { agent, heard: Heard::Words(text, 0), before, earlier: &[] }
    }

    #[test]
    fn everyone_says_first_that_this_is_a_demo() {
        for (agent, _) in PEOPLE {
            for text in ["hello", "what does it cost", "cork figures", "css", "a long story", "xyzzy", "help", "thanks"]
            {
                let first = words(&answer(&scene(agent, text, 0)));
                assert!(first.starts_with("This is the demo: I answer from a script"), "{agent} to {text}: {first}");
                assert!(!words(&answer(&scene(agent, text, 1))).starts_with("This is the demo"));
            }
        }
    }

    #[test]
    fn everyone_always_has_an_answer() {
        for (agent, _) in PEOPLE {
            for text in ["", "?", "hello", "costs", "figures", "layout", "code", "long", "help", "thanks", "日本語"]
            {
                for before in 0..5 {
                    assert!(!words(&answer(&scene(agent, text, before))).is_empty());
                }
            }
        }
    }

    #[test]
    fn two_rounds_at_the_table_show_everything() {
        let mut steps = Vec::new();
        for (agent, _) in PEOPLE {
            let first =
                format!("[You are {agent} at the table “Autumn issue”, with the user.]\n\nUser: What does it cost?");
            steps.extend(answer(&scene(agent, &first, 0)).steps);
            let earlier = [first];
            let second = Scene { earlier: &earlier, ..scene(agent, "Elena: Once more around.", 1) };
            steps.extend(answer(&second).steps);
        }
        let text: String = steps
            .iter()
            .filter_map(|step| if let Step::Text(text) = step { Some(text.as_str()) } else { None })
            .collect();
        assert!(steps.iter().any(|step| matches!(step, Step::Reasoning(_))));
        assert!(steps.iter().any(|step| matches!(step, Step::Call(call) if call.name == "web_search")));
        assert!(steps.iter().any(|step| matches!(step, Step::Ask(call) if call.name == "send_email")));
        assert!(
            text.contains("| Claim | Draft | Source |") && text.contains("```css") && text.contains("- **Price:**")
        );
    }
}
