//! Ibrahim, research: searches, drafts letters, asks before he sends one.

use std::time::Duration;

use serde_json::json;

use super::{Ask, topic::Topic};
use crate::{Call, Step, decision::Verdict};

const ORDER: [Topic; 9] = [
    Topic::Both,
    Topic::Costs,
    Topic::Figures,
    Topic::Layout,
    Topic::Code,
    Topic::Long,
    Topic::Help,
    Topic::Thanks,
    Topic::Greeting,
];

const BODY: &str =
    "Dear Ms Amaral, could you price our autumn issue? 170 × 240 mm, 96 pages in one colour on Munken Print 90 g, \
cover in two colours on Munken Print 240 g, sewn.

Run: 1,200 copies, and the price of each further 100.
Files: PDF/X-4, with you on 6 November.
Delivery: 14 November, to one address in Lisbon.

Priced apart, if you would:
- a matt varnish on the cover
- wrapping in tens
- transport of 60 copies to Coruche

The spring issue was your job 4417. Paper and fold stay the same.

Ibrahim, for the editors";

/// The search of the design's first screen.
pub(crate) fn search() -> Step {
    let found = json!({"results": [
        {"title": "Gráfica Douro: orçamentos", "url": "https://graficadouro.pt/orcamentos", "text":
            "Quotes for offset within one working day. Write to orcamentos@graficadouro.pt with format, pages, paper, run."},
        {"title": "Tipografia Lessa", "url": "https://tipografialessa.pt", "text": "Offset and letterpress in Maia since 1922."},
    ]});
    Step::Call(
        Call::new(
            "web_search",
            json!({"query": "Gráfica Douro quote request, offset, 96 pages"}).to_string(),
            found.to_string(),
        )
        .takes(Duration::from_millis(1200)),
    )
}

/// The letter that needs a decision. The second time it goes to another house.
pub(crate) fn letter(again: bool) -> Step {
    Step::Ask(draft(again))
}

/// Two letters that need a decision each, in one request.
fn letters() -> Step {
    Step::Together(vec![draft(false).asking(), draft(true).asking()])
}

fn draft(again: bool) -> Call {
    let (to, subject, body) = if again {
        let body = BODY.replace("Ms Amaral", "Mr Lessa").replace("The spring issue was your job 4417. ", "");
        ("info@tipografialessa.pt", "Second quote: 96 pages, 1,200 copies, delivery 14 November", body)
    } else {
        ("orcamentos@graficadouro.pt", "Quote: 96 pages, 1,200 copies, delivery 14 November", BODY.to_owned())
    };
    email(to, subject, &body).takes(Duration::from_millis(900))
}

/// A letter. Its arguments are put together by hand: a map would sort them, and the card shows them in the model's order.
pub(crate) fn email(to: &str, subject: &str, body: &str) -> Call {
    let arguments = format!("{{\"to\": {}, \"subject\": {}, \"body\": {}}}", json!(to), json!(subject), json!(body));
    Call::new("send_email", arguments, format!("Accepted by {to}, queued as 7F3A-2210"))
}

pub(crate) fn alone(ask: &Ask) -> Vec<Step> {
    if ask.pictures > 0 {
        return vec![Step::text(
            "I keep pictures in a folder and show them to nobody but Rosa. Who took it, and may we print it? Those two I can find out.",
        )];
    }
    match ask.topics.first_of(&ORDER) {
        Some(Topic::Both) => vec![
            Step::reasoning(
                "One price is no price. The same request to both houses, at the same hour, and nobody can say we preferred them.",
            ),
            Step::text(
                "Two letters, word for word the same but for the greeting. Decide on each; they leave together, when both are decided.",
            ),
            letters(),
        ],
        Some(Topic::Costs) => vec![
            Step::reasoning(
                "They want a price. I have none that is newer than the spring issue, and guessing would be worse than asking. \
                 First find out how the printer takes requests, then write one.",
            ),
            search(),
            Step::text(
                "Their desk answers within a day. I drafted the request with the paper of the spring issue; it leaves only if you \
                 approve it.",
            ),
            letter(ask.before > 0),
        ],
        Some(Topic::Figures) => vec![
            Step::reasoning("Figures are Wen's. I can say where they come from."),
            Step::text(
                "The numbers are Wen's to judge; I only collect. What I have on file:\n\n\
                 1. **APCOR yearbook**, the trade's own statistics\n\
                 2. **IFN6**, the sixth national forest inventory\n\
                 3. a cutter in Coruche, by telephone, who laughed at the first two\n\n\
                 Which of them shall I get for you?",
            ),
        ],
        Some(Topic::Layout | Topic::Proof | Topic::Code) => vec![Step::text(
            "That is Rosa's table. I can find her a picture archive or a paper sample, if you tell me which century the bark should \
             look like.",
        )],
        Some(Topic::Long | Topic::Train) => {
            vec![Step::reasoning("A long answer, then. Chronology is safest."), Step::text(super::story())]
        }
        Some(Topic::Help) => vec![Step::text(super::help(
            "Ask me **what 96 pages cost**: I search the web (not really) and want to send a letter, which waits for your decision. \
             Deny it with a reason and I answer to the reason. Tell me to **ask both printers** and two letters wait at once.",
        ))],
        Some(Topic::Thanks) => vec![Step::text("Thank me when the printer has answered.")],
        Some(Topic::Greeting) => vec![Step::text(
            "Good day. I look things up and write to people who know them. Shall I ask the printer what the autumn issue costs?",
        )],
        None => vec![
            Step::reasoning("No subject I know. Ask for the one thing that lets me start."),
            Step::text(ask.pick([
                "Before I go looking: who would know this at first hand, and may I write to them?",
                "I could spend a day in archives on that. What would you do with the answer once you have it?",
                "Where did you hear it first? I would rather begin there than at the second mention.",
            ])),
        ],
    }
}

pub(crate) fn at_table(ask: &Ask, round: usize) -> Vec<Step> {
    if round == 0 {
        return match ask.topics.first_of(&ORDER) {
            Some(Topic::Costs) if ask.before > 0 => vec![
                Step::reasoning("They ask about the price again. A second quote gives us something to compare with."),
                Step::text("One price is no price. I drafted the same request to a second house."),
                letter(true),
            ],
            Some(Topic::Costs) => {
                vec![Step::text("Nobody has priced it since spring. I will see how the printer wants to be asked.")]
            }
            Some(Topic::Figures) => {
                vec![Step::text("Wen has the yearbook and the inventory from me since Tuesday. Over to Wen.")]
            }
            Some(Topic::Help) => vec![Step::text(super::help(
                "At this table say **what do 96 pages cost, and do the cork figures hold?** and watch all four of us.",
            ))],
            Some(Topic::Greeting) => {
                vec![Step::text("Good day. I have the sources for the cork piece open, and one letter half written.")]
            }
            Some(
                Topic::Both | Topic::Layout | Topic::Proof | Topic::Code | Topic::Long | Topic::Train | Topic::Thanks,
            )
            | None => {
                vec![Step::text(ask.pick([
                    "I have nothing on that yet. Tell me what you need to know first, and I go and look.",
                    "Noted. Is that for this issue, or for the drawer?",
                    "I can ask in Coruche. They answer the telephone at noon.",
                ]))]
            }
        };
    }
    vec![
        Step::reasoning(
            "The price is still open, and the printer needs paper, format and run to answer at all. The spring issue had the same \
             paper; take that. A letter leaves the house, so it needs a yes.",
        ),
        search(),
        Step::text("Their desk answers within a day. I drafted the request with the paper of the spring issue."),
        letter(ask.before > 0),
    ]
}

/// After a decision on one letter or on two.
pub(crate) fn decided(decided: &[(Call, Verdict)]) -> Vec<Step> {
    let denials: Vec<&str> = decided.iter().filter_map(|(_, verdict)| verdict.denial()).collect();
    let out: Vec<&str> =
        decided.iter().filter(|(_, verdict)| verdict.denial().is_none()).map(|(call, _)| house(call)).collect();
    match (out.as_slice(), denials.first()) {
        ([], None) => Vec::new(),
        ([house], None) => vec![Step::text(format!(
            "It is out. {house} answers within a day; when they do, I put the price per copy beside the spring issue's."
        ))],
        ([..], None) => vec![Step::text(
            "Both are out. They answer within a day, and then the two prices stand beside each other, with the spring issue's under them.",
        )],
        ([], Some(reason)) => vec![
            Step::reasoning("Not sent. What they said decides what I do with the draft."),
            Step::text(denial(reason)),
        ],
        ([house, ..], Some(reason)) => vec![
            Step::reasoning("One of two. The reason belongs to the one that stays."),
            Step::text(format!("{house} has its letter. The other stays here. {}", denial(reason))),
        ],
    }
}

fn house(call: &Call) -> &'static str {
    if call.arguments.contains("tipografialessa") { "Tipografia Lessa" } else { "Gráfica Douro" }
}

/// The answer to a reason, by its words.
fn denial(reason: &str) -> String {
    let reason = reason.trim();
    if reason.is_empty() {
        return "Not sent. You gave no reason, so I keep the draft as it is and wait for a word from you.".to_owned();
    }
    let lower = reason.to_lowercase();
    let about = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let then = if about(&["later", "wait", "not yet", "tomorrow", "monday", "now"]) {
        "I keep the draft and bring it up again when you say so."
    } else if about(&["address", "wrong", "mistake", "error", "typo"]) {
        "I go over the address and every number again before you see it next."
    } else if about(&["long", "short", "tone", "formal", "friend", "polite"]) {
        "I rewrite it: half the lines, and the question in the first one."
    } else if about(&["price", "expensive", "cost", "budget", "cheap", "paper", "copies"]) {
        "Then the terms change before anything is sent. Tell me the paper and the run you want, and I draft it anew."
    } else if about(&["phone", "call", "myself", "i will", "i'll"]) {
        "Good, that one is yours. I leave the figures for the call in the notes."
    } else {
        "I take that as the brief for the next draft, and nothing leaves until you have read it."
    };
    format!("Not sent. You say: “{reason}”. {then}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letter_has_fourteen_lines_and_its_fields_in_order() {
        assert_eq!(BODY.lines().count(), 14);
        let call = draft(false);
        assert!(call.arguments.starts_with("{\"to\": \"orcamentos@graficadouro.pt\", \"subject\": \"Quote: 96 pages"));
        serde_json::from_str::<serde_json::Value>(&call.arguments).unwrap();
    }

    #[test]
    fn each_letter_is_answered_for() {
        let words = |verdicts: [Verdict; 2]| {
            let calls = [draft(false), draft(true)];
            let steps = decided(&calls.into_iter().zip(verdicts).collect::<Vec<_>>());
            format!("{steps:?}")
        };
        let (yes, no) = (|| Verdict::Approved(None), || Verdict::Denied(Some("too long".to_owned())));
        assert!(words([yes(), yes()]).contains("Both are out"));
        assert!(words([no(), yes()]).contains("Tipografia Lessa has its letter"));
        assert!(words([yes(), no()]).contains("Gráfica Douro has its letter"));
        assert!(words([no(), no()]).contains("Not sent"));
    }

    #[test]
    fn a_denial_is_answered_in_words() {
        assert!(denial("Not yet, wait for Elena").contains("“Not yet, wait for Elena”. I keep the draft"));
        assert!(denial(" ").contains("no reason"));
        assert_ne!(denial("wrong address"), denial("too long"));
    }
}
