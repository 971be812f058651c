//! Rosa, layout: thinks in columns, answers with a stylesheet.

use serde_json::json;

use super::{Ask, pictures, topic::Topic};
use crate::Step;

const ORDER: [Topic; 9] = [
    Topic::Proof,
    Topic::Code,
    Topic::Layout,
    Topic::Figures,
    Topic::Costs,
    Topic::Long,
    Topic::Help,
    Topic::Thanks,
    Topic::Greeting,
];

const STYLE: &str = "The opening spread on six columns, text on four of them:

```css
@page { size: 170mm 240mm; margin: 14mm 16mm 20mm; }

.spread {
  display: grid;
  grid-template-columns: repeat(6, 1fr);
  column-gap: 4mm;
}

.spread p { grid-column: 2 / span 4; font: 9.5pt/13pt \"Newsreader\"; }

/* the first line stands on the bark */
.spread p:first-of-type::first-letter {
  initial-letter: 3;
  margin-right: 1.5mm;
}
```

The drop cap takes three lines. With four it looks like a ransom note.";

const PAGES: &str = "Ninety-six pages are six sheets of sixteen. My plan:

- **1 to 16** letters, contents, the short pieces
- **17 to 48** the cork feature, photographs over the gutter
- **49 to 80** three stories, no pictures at all
- **81 to 96** reviews, and one page left *empty* on purpose

The bark photographs stay in one colour. They gain by it.";

pub(crate) fn alone(ask: &Ask) -> Vec<Step> {
    if ask.pictures > 0 {
        return vec![
            Step::reasoning("A picture. Look at what is dark and what is light, not at what is on it."),
            Step::text(ask.pick([
                "It has three blacks, which is two more than most. I would run it over the gutter and leave the sky unprinted.",
                "Good, it gets better when it gets smaller. Half a column, low on the page, where the hand holds the paper.",
                "I like it, and it wants a page for itself. Which of the others shall I throw out?",
            ])),
        ];
    }
    match ask.topics.first_of(&ORDER) {
        Some(Topic::Proof) => vec![
            Step::reasoning("They want to see it, not to hear about it. Page 17 is the one that is set."),
            Step::text("I pulled one this morning."),
            Step::Parts(json!([
                {"type": "text", "text": "Page 17, one ink, and the bark in the second:"},
                pictures::proof(),
            ])),
            Step::text("The capital stands on three lines. Say if the photograph may bleed."),
        ],
        Some(Topic::Code) => vec![
            Step::reasoning("They want something to paste. The spread is the part that is settled."),
            Step::text(STYLE),
        ],
        Some(Topic::Layout) => vec![
            Step::reasoning("Pages before looks: what goes where decides the measure."),
            Step::text(PAGES),
            Step::text("\n\nShall I show you the stylesheet of the opening spread?"),
        ],
        Some(Topic::Costs | Topic::Both) => vec![Step::text(
            "Every sheet of sixteen costs about the same, so *97 pages* is the most expensive number I know. Stay at 96.",
        )],
        Some(Topic::Figures) => vec![Step::text(
            "Give me the figures when Wen has finished with them. I set them in tabular numerals, so that they stand under each other \
             like soldiers who are fond of one another.",
        )],
        Some(Topic::Long | Topic::Train) => vec![Step::text(super::story())],
        Some(Topic::Help) => vec![Step::text(super::help(
            "Ask me for **the proof** and I show you a page, for **the layout** and I answer with a list, for **the CSS** and I answer \
             with code. Drop a picture here and I look at it.",
        ))],
        Some(Topic::Thanks) => vec![Step::text("You are welcome. Look at it in daylight before you thank me again.")],
        Some(Topic::Greeting) => {
            vec![Step::text("Hello. I have six columns and too many photographs. Which shall we begin with?")]
        }
        None => vec![Step::text(ask.pick([
            "How much room does it need? Tell me in lines and I tell you where it can live.",
            "Does it want to be seen first, or found late? That decides the page.",
            "If you had to cut a third of it, which third?",
        ]))],
    }
}

pub(crate) fn at_table(ask: &Ask, round: usize) -> Vec<Step> {
    if round == 0 {
        let text = match ask.topics.first_of(&ORDER) {
            Some(Topic::Code) => STYLE,
            Some(Topic::Layout) if ask.before > 0 => PAGES,
            Some(Topic::Layout | Topic::Costs) => {
                "Ninety-six is six sheets of sixteen, so it folds. I only need to know whether the cover stays in two colours."
            }
            Some(Topic::Greeting) => "Hello. The grid is up, the photographs are not cropped yet.",
            Some(Topic::Figures) => "Whatever Wen finds, it fits: I left two lines of air under the third paragraph.",
            Some(Topic::Both | Topic::Proof | Topic::Long | Topic::Train | Topic::Help | Topic::Thanks) | None => ask
                .pick([
                    "Tell me how many lines that makes, and I find it a page.",
                    "With a picture or without? Without is braver.",
                    "It could go before the feature, as a quiet page.",
                ]),
        };
        return vec![Step::text(text)];
    }
    vec![
        Step::reasoning(
            "If the share becomes “about half”, the line gets shorter and the drop cap can stay at three lines.",
        ),
        Step::text("“About half” saves me a line, so the opening spread holds as it is:"),
        Step::text(format!("\n\n{}", STYLE.split_once("\n\n").map_or(STYLE, |(_, code)| code))),
    ]
}
