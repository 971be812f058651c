//! What was said in the demo before: the same ids and dates at every start, so that a cache merges it and doubles nothing.

use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::{PEOPLE, ibrahim, pictures};
use crate::{
    Call, Step, ids,
    past::{self, Past},
    world::State,
};

/// The order in which the people were made: whoever was made first gets the first colour.
const MADE: [usize; 4] = [0, 3, 1, 2];

/// Agents, the table, and their talk.
pub(crate) fn state() -> State {
    let mut state = State::default();
    for (number, (name, role)) in MADE.map(|person| PEOPLE[person]).into_iter().enumerate() {
        let created =
            at("2026-10-01T08:00:00Z").saturating_add((number as i64).minutes()).unwrap_or(Timestamp::UNIX_EPOCH);
        state.agents.push(past::agent(name, Some(role), Some(role), created));
    }
    for (name, role) in PEOPLE {
        past::prompt(
            &mut state,
            name,
            &format!("You are {name}, {role}. Scripted answers, no model."),
            at("2026-10-01T08:00:00Z"),
        );
    }
    past::tell(&mut state, "Ibrahim", &ibrahims());
    past::tell(&mut state, "Wen", &wens());
    past::tell(&mut state, "Rosa", &rosas());
    past::tell(&mut state, "Elena", &elenas());
    conversations(&mut state);
    memory(&mut state);
    for agent in state.agents.iter_mut().filter(|agent| agent.name == "Ibrahim") {
        past::tool(agent, "web_search", SEARCH, false);
        past::tool(agent, "send_email", EMAIL, true);
    }
    state
}

/// What the four know: of themselves, and together. Elena keeps the plan for all, Ibrahim and Wen a list that is nearly full.
fn memory(state: &mut State) {
    for (name, role) in PEOPLE {
        let persona =
            format!("I am {name}. {role} of a small magazine. My answers are scripted, there is no model behind me.");
        past::block(state, &[name], "persona", &persona, 5_000);
    }
    past::block(state, &PEOPLE.map(|(name, _)| name), "autumn_issue", PLAN, 2_000);
    past::block(state, &["Ibrahim", "Wen"], "sources", SOURCES, 850);
}

const PLAN: &str = "Autumn issue: 96 pages, cork. It is printed on the 14th; pages close on the 12th at noon.
Cover: still open. Wen wants the trunks, Rosa a single number nine.
Opening piece: the cutters, by Elena. Figures checked by Wen, letters by Ibrahim.
Nothing leaves the house before the one who edits has said yes.";

const SOURCES: &str =
    "Associação dos Corticeiros, yearbook: prices by grade, harvest by district. Asked for the new one twice.
Museum of Silves: photographs of the gangs, 1928 to 1961. Free for print with the credit line; no crops.
Forest service, Coruche: tree counts, fire maps. Answers on Thursdays, to Wen only.
Two printers in Porto: offers for 96 pages, both valid until the end of the month.
Dona Lurdes, sorter, 31 years at the belt: spoke on record, wants to read her part before it is printed.
University of Évora: the study on bark and drought; cite the second edition, the first has the wrong table.
Letters from readers in Azaruja and Coruche: kept in the red folder, names only with their leave.
The sawmill archive burned in 1974. What stands on its letterhead after that year is from memory.";

const SEARCH: &str = r#"{"type":"object","properties":{"query":{"type":"string","description":"What to look for."}},"required":["query"]}"#;
const EMAIL: &str = r#"{"type":"object","properties":{"to":{"type":"string","description":"The address."},"subject":{"type":"string","description":"One line."},"body":{"type":"string","description":"The letter."}},"required":["to","subject","body"]}"#;

/// Two talks with the editor beside her own.
fn conversations(state: &mut State) {
    past::conversation(
        state,
        "Elena",
        "Winter issue",
        at("2026-11-02T09:10:00Z"),
        &[talk(
            "2026-11-02T09:12:00Z",
            "What is the winter issue about? One word.",
            vec![Step::text(
                "Salt. It keeps the fish, it ruins the roads, and nobody has photographed it well since 1970.",
            )],
        )],
    );
    past::conversation(
        state,
        "Elena",
        "Letters to the editor",
        at("2026-11-08T18:40:00Z"),
        &[talk(
            "2026-11-08T18:42:00Z",
            "A reader says the summer cover looked like an advertisement. Do we print that?",
            vec![
                Step::reasoning("She is right about the cover, and we know it. Print her, and answer in one line."),
                Step::text("We print it, and under it: *So did we. E.*"),
            ],
        )],
    );
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

fn first(date: &str, words: &str) -> Past {
    Past { at: at(date), said: None, steps: vec![Step::text(words)] }
}

fn talk(date: &str, said: &str, steps: Vec<Step>) -> Past {
    Past { at: at(date), said: Some(said.into()), steps }
}

fn search(query: &str, found: &str) -> Step {
    Step::Call(Call::new("web_search", json!({"query": query}).to_string(), found).takes(Duration::from_millis(900)))
}

fn ibrahims() -> Vec<Past> {
    vec![
        first(
            "2026-10-29T09:02:00Z",
            "Good day. I am Ibrahim, and this is a demo: my answers are scripted, there is no model behind me. I look things up and \
             write to people. Before a letter leaves, I ask you.",
        ),
        talk(
            "2026-11-03T10:15:00Z",
            "Who strips the cork by hand today?",
            vec![
                Step::reasoning("The old photographs show pairs with axes. Find out whether that still holds."),
                search(
                    "descortiçamento axe pairs cork cutters today",
                    "Still stripped by hand with an axe. Gangs work in pairs, and a cork cutter earns more than any other farm hand.",
                ),
                Step::text(
                    "Still people, still axes. They work in pairs, and **no other hand on a farm is paid as well**. Machines were tried \
                     and given up: they hurt the tree.",
                ),
            ],
        ),
        talk(
            "2026-11-04T15:30:00Z",
            "The archive in Coruche has photographs from that time. Ask them.",
            vec![
                Step::text("I drafted two lines to them."),
                archive_letter(),
                Step::text("Sent. Archives take their time; I would count on a week."),
            ],
        ),
    ]
}

fn archive_letter() -> Step {
    Step::Ask(ibrahim::email(
        "arquivo@cm-coruche.pt",
        "Photographs of the harvest, 1958 to 1964",
        "May we print four of them in our autumn issue, with the archive’s name beside each?\n\nIbrahim",
    ))
}

fn wens() -> Vec<Past> {
    vec![
        first(
            "2026-10-29T09:04:00Z",
            "Wen, fact check. This is a demo with scripted answers and no model; that is the first fact, and it holds.",
        ),
        talk(
            "2026-11-09T16:40:00Z",
            "How old is a tree before its cork closes a bottle?",
            vec![
                Step::reasoning(
                    "First stripping at 25, then every nine years; the third gives stoppers. 25 + 9 + 9 = 43.",
                ),
                Step::text(
                    "Forty-three years:\n\n\
                     | Stripping | Age of the tree | Good for |\n\
                     |---|---:|---|\n\
                     | first | 25 | floors |\n\
                     | second | 34 | floors, shoes |\n\
                     | third | **43** | stoppers |\n\n\
                     The draft says “after decades”. I would print the number.",
                ),
            ],
        ),
    ]
}

fn rosas() -> Vec<Past> {
    vec![
        first(
            "2026-10-29T09:06:00Z",
            "Hello, I am Rosa and I set the pages. It is only fair to say it at once: this is a demo, I speak from a script, no model.",
        ),
        talk(
            "2026-11-05T11:20:00Z",
            "Can we print the photographs of the harvest in one colour without losing the bark?",
            vec![Step::text(
                "Yes, if the blacks are not one black. I keep three:\n\n\
                 1. the shadow between the planks, at 100\n\
                 2. the bark itself, from 60 to 80\n\
                 3. the hands, never above 45\n\n\
                 Then one sees the knife marks *and* who made them.",
            )],
        ),
        Past {
            at: at("2026-11-09T17:05:00Z"),
            said: Some(shown(json!([
                {"type": "text", "text": "Hugo drew the harvest for us. Does it survive on page 17?"},
                pictures::harvest(),
            ]))),
            steps: vec![
                Step::reasoning(
                    "Flat colours, one red. The red is the bark; it can be the second ink. Pull a proof and look.",
                ),
                Step::Call(Call::new("pull_proof", json!({"page": 17, "inks": 2}).to_string(), "").gives(json!([
                    {"type": "text", "text": "Page 17, 170 × 240 mm, two inks, no overprint."},
                    pictures::proof(),
                ]))),
                Step::text(
                    "It survives, if I crop it to the trunks: the sun was the first thing I saw, and it is not what the page is about. \
                     The red of the bark is the second ink of the cover, so it costs us nothing.",
                ),
            ],
        },
    ]
}

/// Parts as the server stores what a person sends, under the same file at every start.
fn shown(mut parts: Value) -> Value {
    for (number, part) in parts.as_array_mut().into_iter().flatten().enumerate() {
        if let Some(source) = part.get_mut("source") {
            source["type"] = json!("letta");
            source["file_id"] = json!(format!("file-{}", ids::fixed(&format!("demo picture {number}"))));
            source["detail"] = Value::Null;
        } else {
            part["signature"] = Value::Null;
        }
    }
    parts
}

fn elenas() -> Vec<Past> {
    vec![
        first(
            "2026-10-29T09:08:00Z",
            "Elena, editor. This is a demo: what we four say is scripted, there is no model. Try us one by one, or \
             all together at the *Autumn issue* table.",
        ),
        talk(
            "2026-11-06T08:30:00Z",
            "How does the cork piece open?",
            vec![Step::text(
                "With the harvest, not with the statistics. The number nine can wait until the second page.",
            )],
        ),
    ]
}
