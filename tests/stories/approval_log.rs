//! The log of decisions: who asked what, what was shown, what was decided, whether it arrived, what came of it. Kept here, searched
//! here.

use model::{
    AboutTool, ConversationId, Delivery, ExportFormat, LogPage, Outcome, Ruling,
    command::{DecisionLog, ExportDecisions},
};
use sim::{Answer, Call, Fault, On, Script, Sim, Step};
use tests::{Home, Window};

use crate::approval::{decide, waiting};

async fn log(window: &Window, words: &str) -> LogPage {
    let profile = window.profiles[0].id.clone();
    window.ask(DecisionLog { profile, words: words.to_owned(), about: None, before: None, limit: 50 }).await.unwrap()
}

fn asks(tool: &str, arguments: &str, call: Call) -> Answer {
    Answer::of([Step::Ask(Call { name: tool.to_owned(), arguments: arguments.to_owned(), ..call })])
}

async fn settled(window: &mut Window, id: &ConversationId, approve: bool, reason: Option<&str>) {
    window.until_talk("it waits", id, |talk| matches!(talk.turn, model::Turn::Paused { .. })).await;
    decide(window, id, approve, reason).await.unwrap();
    window.over(id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_holds_what_was_shown_what_was_decided_and_what_came_of_it() {
    let home = Home::new();
    let fails = Call::new("", "", "No such file.").failing();
    let answers = [
        asks("send_letter", r#"{"to":"the printer"}"#, Call::new("", "", "Sent.")),
        Answer::text("Well."),
        asks("burn_letter", "{\"wh\u{200b}at\":\"100%_all\"}", Call::new("", "", "Burnt.")),
        Answer::text("Then not."),
        asks("read_letter", "{}", fails),
        Answer::text("It is not there."),
    ];
    let (sim, mut window, wen) = waiting(&home, answers).await;
    sim.next_fault(On::Send, Fault::server());
    decide(&window, &wen, true, None).await.unwrap_err();
    settled(&mut window, &wen, true, None).await;
    window.send(&wen, "Burn it").await.unwrap();
    settled(&mut window, &wen, false, Some("Keep it for Monday.")).await;
    window.send(&wen, "Read it").await.unwrap();
    settled(&mut window, &wen, true, None).await;

    let page = log(&window, "").await;
    assert!(!page.more);
    let lines: Vec<_> = page.lines.iter().map(|line| (line.tool.as_str(), line.ruling.clone())).collect();
    let denied = Ruling::Denied { reason: Some("Keep it for Monday.".to_owned()) };
    let approved = Ruling::Approved;
    assert_eq!(
        lines,
        [
            ("read_letter", approved.clone()),
            ("burn_letter", denied),
            ("send_letter", approved.clone()),
            ("send_letter", approved)
        ]
    );
    let outcome = |at: usize| page.lines[at].outcome.clone().map(|Outcome { ok, text, .. }| (ok, text));
    assert_eq!(outcome(0), Some((false, "No such file.".to_owned())));
    assert_eq!(outcome(1), None);
    assert_eq!(outcome(2), Some((true, "Sent.".to_owned())));
    assert_eq!(outcome(3), None, "what did not arrive did not run");
    assert!(page.lines[..3].iter().all(|line| line.delivery == Delivery::Sent), "{page:?}");
    assert!(matches!(&page.lines[3].delivery, Delivery::NotSent { why } if !why.is_empty()), "{page:?}");
    assert_eq!(page.lines[1].arguments, "{\"wh\u{200b}at\":\"100%_all\"}", "byte for byte");
    let line = &page.lines[0];
    assert_eq!((&line.conversation, line.title.as_str(), line.speaker.name.as_str()), (&wen, "Wen", "Wen"));
    assert!(line.at > page.lines[3].at && page.lines[3].at > 0);
    assert_eq!(line.speaker.id.as_ref().map(|id| id.as_str()), Some(sim.agent_id("Wen").as_str()));

    // Words are looked for in all of a line, whatever their case; nothing hidden in it hides it, and no sign has a power.
    let found = async |words| log(&window, words).await.lines.iter().map(|line| line.tool.clone()).collect::<Vec<_>>();
    assert_eq!(found("PRINTER send").await, ["send_letter", "send_letter"]);
    assert_eq!(found("what").await, ["burn_letter"]);
    assert_eq!(found("100%_").await, ["burn_letter"]);
    assert_eq!(found("1%all").await, [] as [String; 0]);
    assert_eq!(found("monday keep").await, ["burn_letter"]);
    assert_eq!(found("' OR 1=1 --").await, [] as [String; 0]);

    let profile = window.profiles[0].id.clone();
    let about = Some(AboutTool { agent: None, tool: "send_letter".to_owned() });
    let ask =
        |before| DecisionLog { profile: profile.clone(), words: String::new(), about: about.clone(), before, limit: 1 };
    let newest = window.ask(ask(None)).await.unwrap();
    assert_eq!((newest.lines.len(), newest.more), (1, true));
    let older = window.ask(ask(Some(newest.lines[0].number))).await.unwrap();
    assert_eq!((older.lines.len(), older.more), (1, false));
    assert!(older.lines[0].number < newest.lines[0].number);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_whose_answer_was_not_heard_is_completed_by_what_the_history_shows() {
    let home = Home::new();
    let (sim, window, wen) =
        waiting(&home, [crate::approval::asking(), Answer::of([Step::Gate, Step::text("On its way.")])]).await;
    sim.set_fault(On::Send, Fault::CutAfterEvent(0));
    // The server takes it, and nothing of that is heard before the app is killed.
    let _ = tokio::time::timeout(std::time::Duration::from_millis(200), decide(&window, &wen, true, None)).await;
    drop(window);
    sim.clear_faults();
    sim.release();
    let mut window = home.start().await;
    let launched = window.launch().await;
    window.online(&launched.profile.unwrap()).await;
    window.open_id(&wen).await;
    window
        .until_talk("it came back", &wen, |talk| talk.tool().unwrap().state.clone() != model::ToolState::Deciding)
        .await;
    let mut line = log(&window, "").await.lines.remove(0);
    for _ in 0..100 {
        if line.outcome.is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        line = log(&window, "").await.lines.remove(0);
    }
    assert_eq!(line.delivery, Delivery::Sent, "{line:?}");
    assert!(line.outcome.is_some_and(|outcome| outcome.ok));
    assert_eq!(sim.requests().iter().filter(|request| request.body["messages"][0]["type"] == "approval").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_one_server_says_nothing_of_another_and_goes_with_it() {
    let home = Home::new();
    let (_sim, mut window, wen) = waiting(&home, [crate::approval::asking(), Answer::text("On its way.")]).await;
    settled(&mut window, &wen, true, None).await;
    let other = Sim::scripted(Script::new().version("0.16.8").agent("Rosa", [])).unwrap();
    let elsewhere = window.connect(&other.address(), None).await;
    let ask = |profile| DecisionLog { profile, words: String::new(), about: None, before: None, limit: 10 };
    assert_eq!(window.ask(ask(elsewhere)).await.unwrap(), LogPage::default());
    let profile = window.profiles[0].id.clone();
    assert_eq!(window.ask(ask(profile.clone())).await.unwrap().lines.len(), 1);
    window.ask(model::command::RemoveProfile { profile: profile.clone() }).await.unwrap();
    assert_eq!(window.ask(ask(profile)).await.unwrap(), LogPage::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_written_to_a_file_of_the_users_choice() {
    let home = Home::new();
    let answers =
        [asks("send_letter", "{\"to\":\"=cmd\u{200b}\"}", Call::new("", "", "=Sent.")), Answer::text("Well.")];
    let (_sim, mut window, wen) = waiting(&home, answers).await;
    settled(&mut window, &wen, true, None).await;
    let profile = window.profiles[0].id.clone();
    for format in [ExportFormat::Markdown, ExportFormat::Json, ExportFormat::Csv] {
        assert!(window.ask(ExportDecisions { profile: profile.clone(), format }).await.unwrap());
    }
    let saved: Vec<(String, String)> = home
        .opened
        .desk
        .saved
        .lock()
        .unwrap()
        .iter()
        .map(|(name, bytes)| (name.clone(), String::from_utf8(bytes.clone()).unwrap()))
        .collect();
    let endings: Vec<&str> = saved.iter().map(|(name, _)| name.rsplit('.').next().unwrap()).collect();
    assert_eq!(endings, ["md", "json", "csv"]);
    assert!(saved.iter().all(|(name, _)| name.starts_with("Tertulia decisions 20")), "{saved:?}");
    assert!(
        saved[0].1.contains("Wen asked in Wen. Approved.") && saved[0].1.contains("=cmd\\u{200b}"),
        "{}",
        saved[0].1
    );
    let json: serde_json::Value = serde_json::from_str(&saved[1].1).unwrap();
    assert_eq!(json["decisions"][0]["line"]["arguments"], "{\"to\":\"=cmd\u{200b}\"}");
    assert!(
        saved[2].1.lines().nth(1).unwrap().contains("\"send_letter\"") && saved[2].1.contains("\"'=Sent.\""),
        "{}",
        saved[2].1
    );
}
