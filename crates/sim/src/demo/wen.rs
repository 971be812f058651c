//! Wen, fact check: counts, compares, says what holds.

use std::time::Duration;

use serde_json::json;

use super::{Ask, topic::Topic};
use crate::{Call, Step};

const ORDER: [Topic; 8] = [
    Topic::Figures,
    Topic::Costs,
    Topic::Layout,
    Topic::Code,
    Topic::Long,
    Topic::Help,
    Topic::Thanks,
    Topic::Greeting,
];

/// The table of the design's first screen.
const FIGURES: &str = "Three figures checked. Two hold, one does not:

| Claim | Draft | Source |
|---|---|---|
| Years between harvests | 9 | 9, set by law |
| Cork oak in Portugal | 720,000 ha | 719,900 ha, IFN6 |
| Share of world cork | “more than half” | **49.6 %**, APCOR |

For the third I suggest “about half of the world’s cork”. It costs one word less, and nobody will write us a letter about it.";

const COSTS: &str = "I have no quote yet, only the spring issue to count from:

| Item | Spring, 80 pages | Autumn, 96 pages |
|---|---:|---:|
| Paper, 1,200 copies | 1,140 € | 1,368 € |
| Printing, one colour | 960 € | 1,080 € |
| Cover, two colours | 410 € | 410 € |
| Sewing | 620 € | 655 € |
| **Together** | **3,130 €** | **3,513 €** |

That is 2.93 € a copy. Paper rose since, so read it as a floor and not as a price.";

fn inventory() -> Step {
    let found = json!({"results": [
        {"title": "IFN6, relatório final", "url": "https://icnf.pt/ifn6", "text": "Sobreiro: 719,9 mil hectares."},
        {"title": "APCOR yearbook", "url": "https://apcor.pt/yearbook", "text": "Portugal: 49.6 % of world production."},
    ]});
    let query = json!({"query": "IFN6 sobreiro hectares; APCOR share of world cork production"}).to_string();
    Step::Call(Call::new("web_search", query, found.to_string()).takes(Duration::from_millis(800)))
}

pub(crate) fn alone(ask: &Ask) -> Vec<Step> {
    if ask.pictures > 0 {
        return vec![Step::text(
            "A picture is a claim too. Where was it taken, and in which month? The bark tells me the year, within nine.",
        )];
    }
    match ask.topics.first_of(&ORDER) {
        Some(Topic::Figures) => vec![
            Step::reasoning(
                "Three claims carry the piece: the nine years, the hectares, the share of the world. The first is law. The other two \
                 need a source with a date.",
            ),
            inventory(),
            Step::text(FIGURES),
        ],
        Some(Topic::Costs | Topic::Both) => vec![
            Step::reasoning("Sixteen pages more is one signature. Paper scales with pages, the cover does not."),
            Step::text(COSTS),
        ],
        Some(Topic::Layout | Topic::Proof | Topic::Code) => vec![Step::text(
            "Ask Rosa about looks. I only notice that the caption on page 12 says *July* and the photograph’s file says *June*.",
        )],
        Some(Topic::Long | Topic::Train) => vec![Step::text(super::story())],
        Some(Topic::Help) => vec![Step::text(super::help(
            "Ask me **whether the cork figures hold**: I search (not really) and answer with a table.",
        ))],
        Some(Topic::Thanks) => vec![Step::text("Noted, with date and source.")],
        Some(Topic::Greeting) => {
            vec![Step::text("Hello. Give me a sentence with a number in it and I tell you whether it stands.")]
        }
        None => vec![
            Step::reasoning("There is no number in it. Ask which part is a claim."),
            Step::text(ask.pick([
                "Which part of that is a claim, and which is an opinion? I can only check the first.",
                "How would we notice if it were wrong?",
                "Says who, and when? Two names and a date would do.",
            ])),
        ],
    }
}

pub(crate) fn at_table(ask: &Ask, round: usize) -> Vec<Step> {
    if round == 0 {
        let text = match ask.topics.first_of(&ORDER) {
            Some(Topic::Figures) if ask.before > 0 => return vec![inventory(), Step::text(FIGURES)],
            Some(Topic::Figures) => {
                "Three figures carry the piece. I go through them now; one of them looks too round to me."
            }
            Some(Topic::Costs) if ask.before > 0 => COSTS,
            Some(Topic::Costs) => {
                "Ninety-six pages is one signature more than spring. I hold the quote against that when it comes."
            }
            Some(Topic::Greeting) => "Hello. Two pages of figures are in front of me, and one pencil.",
            Some(
                Topic::Both
                | Topic::Layout
                | Topic::Proof
                | Topic::Code
                | Topic::Long
                | Topic::Train
                | Topic::Help
                | Topic::Thanks,
            )
            | None => ask.pick([
                "No number in it so far. If one turns up, hand it to me.",
                "I would want a second source before we print that.",
                "That can be checked. Give me the sentence as it will stand.",
            ]),
        };
        return vec![Step::text(text)];
    }
    vec![
        Step::reasoning(
            "The law gives the nine years. The hectares are rounded up a little. The share is below a half.",
        ),
        inventory(),
        Step::text(FIGURES),
    ]
}
