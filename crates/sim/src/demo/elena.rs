//! Elena, editor: listens to the others, decides, closes the round.

use super::{Ask, topic::Topic};
use crate::Step;

const ORDER: [Topic; 9] = [
    Topic::Train,
    Topic::Long,
    Topic::Costs,
    Topic::Figures,
    Topic::Layout,
    Topic::Code,
    Topic::Help,
    Topic::Thanks,
    Topic::Greeting,
];

/// Where the line tears: `super::tunnel` looks for it.
pub(crate) const TUNNEL: &str = "That was the tunnel.";

/// Read from the train. The reading goes on at the server while the line is torn.
const TRAIN: &str = "I read it to you from the train; the line tears in the tunnel behind Santarém, so do not wonder. *In June the forest \
turns red. Not the leaves: the trunks.*

That was the tunnel. You heard nothing for a while and I went on reading, because nobody tells an editor when the line is gone. \
*Where the bark was this morning there is a colour that no paint maker has managed yet, and by August it will be brown, and in nine \
years it will be bark again.*

So the first line holds, even when the other one does not. We are in Entroncamento in four minutes.";

pub(crate) fn alone(ask: &Ask) -> Vec<Step> {
    if ask.pictures > 0 {
        return vec![Step::text(
            "Rosa will say it wants a page for itself. She says that of every picture. What does it tell that the sentence does not?",
        )];
    }
    match ask.topics.first_of(&ORDER) {
        Some(Topic::Train) => vec![Step::text(TRAIN)],
        Some(Topic::Long) => vec![
            Step::reasoning("They want to read, not to be told. Give them the opening as it stands."),
            Step::text(super::story()),
        ],
        Some(Topic::Costs | Topic::Both) => vec![Step::text(
            "Money is Ibrahim’s to ask for and mine to spend. Up to **3 € a copy** I say yes without a meeting; above that we lose \
             either a sheet or the second colour of the cover, and I know which.",
        )],
        Some(Topic::Figures) => vec![Step::text(
            "If Wen says a number holds, it holds. Until then the sentence reads *about half*, which is true of most things.",
        )],
        Some(Topic::Layout | Topic::Proof | Topic::Code) => vec![Step::text(
            "Rosa decides that, and I only say so when I dislike it. The order I want:\n\n\
             1. the harvest, in June\n\
             2. the cutter, who has a name\n\
             3. the statistics, in a box, small",
        )],
        Some(Topic::Help) => vec![Step::text(super::help(
            "Ask me for **a long story** if you want to see *Stop* at work; I keep what I have said by then. Ask me to read **from the \
             train**: the line tears in a tunnel, and nothing I said is lost.",
        ))],
        Some(Topic::Thanks) => vec![Step::text("Thank the others. I only moved commas.")],
        Some(Topic::Greeting) => {
            vec![Step::text("Good morning. The issue closes in a week. What shall we decide first?")]
        }
        None => vec![
            Step::reasoning("It could be a piece or a footnote. The reader decides that, so ask about the reader."),
            Step::text(ask.pick([
                "Who reads that, and on which page do they stop?",
                "What is the first sentence? If there is one, we have a piece.",
                "Is it news, or is it true? I print the second.",
            ])),
        ],
    }
}

pub(crate) fn at_table(ask: &Ask, round: usize, sent: Option<bool>) -> Vec<Step> {
    if round == 0 {
        let text = match ask.topics.first_of(&ORDER) {
            Some(Topic::Costs | Topic::Figures) if ask.before == 0 => {
                "Then once more around: Ibrahim asks for the price, Wen gives me the three figures, Rosa tells me what still fits."
            }
            Some(Topic::Greeting) => {
                "Good morning, all of us. Once more around, then: what does each of you need from the others?"
            }
            Some(Topic::Thanks) => "Good. Back to work, then.",
            Some(Topic::Costs | Topic::Both) => "I spend up to 3 € a copy. Above that the second colour goes.",
            Some(Topic::Figures) => "We print what Wen signs.",
            Some(Topic::Long | Topic::Train) => super::story(),
            Some(Topic::Layout | Topic::Proof | Topic::Code) => {
                "Set it like that. I want to see it on paper before six."
            }
            Some(Topic::Help) | None if ask.before == 0 => "I hear all three of you. Once more around, shorter.",
            Some(Topic::Help) | None => ask.pick([
                "We decide that tomorrow, with a clear head and a proof on the table.",
                "Good. Who does it, and by when?",
                "It goes in if it is short.",
            ]),
        };
        return vec![Step::text(text)];
    }
    let letter = match sent {
        Some(true) => "the letter to the printer is out",
        Some(false) => "the letter waits, as you wanted",
        None => "the letter to the printer is drafted",
    };
    vec![
        Step::reasoning("Everyone has spoken twice. Close it with what was decided."),
        Step::text(format!(
            "Then this is settled:\n\n\
             - **Price:** {letter}\n\
             - **Figures:** “about half of the world’s cork”, the other two stay\n\
             - **Layout:** three lines for the drop cap, 96 pages\n\n\
             We print on the 14th. Say something and we go around again."
        )),
    ]
}
