//! What every real server must do: answer, call tools, ask and be answered, stop, fail in words, sit at a table. What only some can
//! do has files of its own (`real_*.rs`).

use super::{Ability, answer, decide, lacking, needs, patient, row_of, said, spoken, started, wait_for_request};
use model::{
    Connection, Content, ItemId, Pattern, Place, SendState, ToolCall, ToolState, Turn,
    command::{Connect, Connected},
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn an_answer_comes_and_is_the_same_from_history_on_another_computer() {
    let Some(real) = needs(&[]) else { return };
    let home = patient();
    let (mut window, profile) = real.connected(&home).await;
    let egon = real.open(&mut window, &profile, "Egon").await;
    window.send_and_wait(&egon, "Good morning").await;
    assert!(spoken(answer(&window.talk(&egon).items)).contains("You said: Good morning"), "{}", window.describe());
    window.send_and_wait(&egon, "How is the weather?").await;
    let talk = window.talk(&egon);
    let call = talk.tool().unwrap();
    assert_eq!(call.name, "get_weather");
    let ToolState::Returned(returned) = &call.state else { panic!("{call:?}") };
    assert!(returned.ok && returned.text.contains("Sunny, 21 degrees in Paris"), "{returned:?}");
    assert!(spoken(answer(&talk.items)).contains("The tool returned"), "{}", window.describe());
    assert_eq!(
        talk.items.iter().filter(|item| item.kind() == "notice").count(),
        2,
        "usage, once a run: {}",
        window.describe()
    );
    let live = said(&talk.items);
    let row = row_of(&window, &egon).unwrap();
    assert_eq!(row.last.as_ref().unwrap().speaker.as_deref(), Some("Egon"));

    let elsewhere = patient();
    let (mut window, profile) = real.connected(&elsewhere).await;
    let egon = real.open(&mut window, &profile, "Egon").await;
    let count = live.len();
    window.until_talk("the history is there", &egon, move |talk| said(&talk.items).len() >= count).await;
    let read = said(&window.talk(&egon).items);
    // An old agent greets at its making, before anybody heard it.
    assert!(read.ends_with(&live), "history is what was heard: {read:#?} {live:#?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn a_tool_that_fails_is_seen_to_fail() {
    let Some(real) = needs(&[]) else { return };
    let home = patient();
    let (mut window, profile) = real.connected(&home).await;
    let egon = real.open(&mut window, &profile, "Kim").await;
    window.send_and_wait(&egon, "boom").await;
    let call = window.talk(&egon).tool().unwrap().clone();
    let ToolState::Returned(returned) = &call.state else { panic!("{call:?}") };
    assert!(!returned.ok && returned.text.contains("fuse exploded"), "{returned:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn an_approved_call_runs_and_the_agent_goes_on() {
    let Some(real) = needs(&[]) else { return };
    let home = patient();
    let (mut window, profile) = real.connected(&home).await;
    let fay = real.open(&mut window, &profile, "Fay").await;
    window.send(&fay, "delete it").await.unwrap();
    let call = wait_for_request(&mut window, &fay).await;
    assert_eq!(call.name, "delete_file");
    assert!(call.arguments.contains("/tmp/example.txt"), "{call:?}");
    assert_eq!(row_of(&window, &fay).unwrap().waiting, 1);
    let forged = ToolCall { arguments: "{}".to_owned(), ..call.clone() };
    assert!(decide(&window, &fay, &forged, None).await.is_err(), "only what was shown is approved");
    decide(&window, &fay, &call, None).await.unwrap();
    window.over(&fay).await;
    let talk = window.talk(&fay);
    let ToolState::Returned(returned) = &talk.tool().unwrap().state else { panic!("{}", window.describe()) };
    assert!(returned.text.contains("Deleted /tmp/example.txt"), "{returned:?}");
    assert!(spoken(&talk.items).contains("Deleted /tmp/example.txt"), "{}", window.describe());
    assert_eq!(row_of(&window, &fay).unwrap().waiting, 0);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn a_denied_call_does_not_run_and_the_agent_hears_why() {
    let Some(real) = needs(&[]) else { return };
    let home = patient();
    let (mut window, profile) = real.connected(&home).await;
    let gil = real.open(&mut window, &profile, "Gil").await;
    window.send(&gil, "delete it").await.unwrap();
    let call = wait_for_request(&mut window, &gil).await;
    decide(&window, &gil, &call, Some("It is still needed.")).await.unwrap();
    window.over(&gil).await;
    let talk = window.talk(&gil);
    let call = talk.tool().unwrap();
    assert_eq!(call.state, ToolState::Denied, "{}", window.describe());
    assert_eq!(call.decision.as_ref().unwrap().reason.as_deref(), Some("It is still needed."));
    assert!(spoken(&talk.items).contains("It is still needed."), "the agent read it: {}", window.describe());
    assert!(!spoken(&talk.items).contains("Deleted"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn a_request_waits_through_the_end_of_the_app() {
    let Some(real) = needs(&[]) else { return };
    let home = patient();
    let (mut window, profile) = real.connected(&home).await;
    let hana = real.open(&mut window, &profile, "Hana").await;
    window.send(&hana, "delete it").await.unwrap();
    wait_for_request(&mut window, &hana).await;
    drop(window);

    let mut window = started(&home).await;
    window.open_id(&hana).await;
    let call = wait_for_request(&mut window, &hana).await;
    window.online(&profile).await;
    decide(&window, &hana, &call, None).await.unwrap();
    window.over(&hana).await;
    let ToolState::Returned(returned) = &window.talk(&hana).tool().unwrap().state else {
        panic!("{}", window.describe())
    };
    assert!(returned.ok, "{returned:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn stop_keeps_what_came() {
    let Some(real) = needs(&[Ability::Stop]) else { return };
    let home = patient();
    let (mut window, profile) = real.connected(&home).await;
    let ivo = real.open(&mut window, &profile, "Ivo").await;
    window.send_and_wait(&ivo, "Hello first").await;
    window.send(&ivo, "slow").await.unwrap();
    window.until_talk("words come", &ivo, |talk| spoken(answer(&talk.items)).len() > 40).await;
    let came: Vec<(ItemId, String)> =
        window.talk(&ivo).items.iter().map(|item| (item.id.clone(), spoken(std::slice::from_ref(item)))).collect();
    window.stop(&ivo).await;
    window
        .until_talk("it stands still", &ivo, |talk| !talk.lines().iter().any(|line| line.contains("streaming")))
        .await;
    window.over(&ivo).await;
    window.send_and_wait(&ivo, "Hello again").await;
    assert!(spoken(&window.talk(&ivo).items).contains("You said: Hello again"), "{}", window.describe());
    for (id, text) in came {
        let kept = window
            .talk(&ivo)
            .items
            .iter()
            .find(|item| item.id == id)
            .unwrap_or_else(|| panic!("lost {text}: {}", window.describe()));
        assert!(spoken(std::slice::from_ref(kept)).starts_with(&text), "{}", window.describe());
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn a_stop_that_the_server_only_says_stands_still_here() {
    let Some(real) = lacking(Ability::Stop) else { return };
    let home = patient();
    let (mut window, profile) = real.connected(&home).await;
    let ivo = real.open(&mut window, &profile, "Ivo").await;
    window.send(&ivo, "slow").await.unwrap();
    // Agents with a tool that may ask answer message by message there: no word comes before the last.
    window.until_talk("it is sent", &ivo, |talk| talk.turn != Turn::Yours).await;
    window.stop(&ivo).await;
    window
        .until_talk("it stands still", &ivo, |talk| !talk.lines().iter().any(|line| line.contains("streaming")))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn a_model_that_fails_is_said_in_the_talk_and_the_words_stay() {
    let Some(real) = needs(&[]) else { return };
    let home = patient();
    let (mut window, profile) = real.connected(&home).await;
    let kim = real.open(&mut window, &profile, "Kim").await;
    window.send(&kim, "error 500").await.unwrap();
    window.until_talk("it fails", &kim, |talk| talk.last("error").is_some() && talk.turn == Turn::Yours).await;
    let talk = window.talk(&kim);
    let Content::Error(trouble) = &talk.last("error").unwrap().content else { panic!("{:?}", talk.lines()) };
    assert_eq!(trouble.what, "The model failed.", "{trouble:?}");
    let Content::User { text, state, .. } = &talk.last("user").unwrap().content else { panic!("{:?}", talk.lines()) };
    assert_eq!(text, "error 500");
    assert!(!matches!(state, SendState::Sending), "{state:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn a_group_without_routes_says_why_it_cannot_talk() {
    let Some(real) = lacking(Ability::Groups) else { return };
    let home = patient();
    let (mut window, profile) = real.connected(&home).await;
    let group = real.open_named(&mut window, &profile, real.ids["group"]["id"].as_str().unwrap()).await;
    let row = row_of(&window, &group).unwrap().clone();
    assert_eq!(row.pattern, Some(Pattern::RoundRobin));
    assert_eq!(row.members.iter().map(|member| member.name.as_str()).collect::<Vec<_>>(), ["Hugo", "Ida", "Jonas"]);
    assert!(row.closed.as_deref().is_some_and(|why| why.contains("0.16.5")), "{row:?}");
    let refused = window.send(&group, "Good evening, table").await.unwrap_err();
    assert!(refused.message.contains("group"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn a_group_talks_around() {
    let Some(real) = needs(&[Ability::Groups]) else { return };
    let home = patient();
    let (mut window, profile) = real.connected(&home).await;
    let group = real.open_named(&mut window, &profile, real.ids["group"]["id"].as_str().unwrap()).await;
    let row = row_of(&window, &group).unwrap().clone();
    assert_eq!(row.pattern, Some(Pattern::RoundRobin));
    assert_eq!(row.closed, None);
    window.send_and_wait(&group, "Good evening, table").await;
    let talk = window.talk(&group);
    let speakers: Vec<_> = answer(&talk.items)
        .iter()
        .filter(|item| item.kind() == "assistant")
        .map(|item| item.speaker().unwrap().name.as_str())
        .collect();
    assert_eq!(speakers, ["Hugo", "Ida", "Jonas"], "{}", window.describe());
    for name in ["Hugo", "Ida", "Jonas"] {
        assert!(spoken(answer(&talk.items)).contains(&format!("this is {name}")), "{}", window.describe());
    }
    let live = said(answer(&talk.items));
    window.close(&group).await;
    drop(window);

    let elsewhere = patient();
    let (mut window, profile) = real.connected(&elsewhere).await;
    let group = real.open_named(&mut window, &profile, real.ids["group"]["id"].as_str().unwrap()).await;
    let last = live.last().unwrap().clone();
    window.until_talk("the history is there", &group, move |talk| said(&talk.items).contains(&last)).await;
    let read = said(&window.talk(&group).items);
    for line in live.iter().filter(|line| line.starts_with("assistant")) {
        assert_eq!(read.iter().filter(|other| *other == line).count(), 1, "once: {line}\n{}", window.describe());
    }
    assert_eq!(
        read.iter().filter(|line| line.contains("Good evening, table") && line.starts_with("user")).count(),
        1,
        "{}",
        window.describe()
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn a_wrong_password_is_said_and_the_right_one_opens() {
    let Some(real) = needs(&[]) else { return };
    let home = patient();
    let mut window = started(&home).await;
    let connect = |key: &str| Connect {
        place: Place::Own { address: real.base.clone() },
        key: Some(key.to_owned()),
        memory_only: false,
    };
    let refused = window.ask(connect("wrong")).await.unwrap();
    let Connected::No { what, key_refused: true, .. } = refused else { panic!("{refused:?}") };
    assert_eq!(what, "This server did not accept the password.");
    let profile = window.connect(&real.base, Some(&real.key)).await;
    assert_eq!(window.connection(&profile), Some(&Connection::Online));
}
