//! Finding a server: right and wrong addresses and keys, no keychain, the demo, the environment, several at once, forgetting one.

use std::sync::Arc;

use model::{
    CheckState, Code, Connection, Place,
    command::{ChooseProfile, Connect, Connected, Keychain as Kept, OpenLink, Refresh, RemoveProfile},
};
use sim::{Answer, Fault, On, Script, Sim};
use tests::{Forgetful, Home, Keychain};

fn own(address: &str, key: Option<&str>) -> Connect {
    let place = Place::Own { address: address.to_owned() };
    Connect { place, key: key.map(str::to_owned), memory_only: false }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_said_and_the_right_one_is_kept_in_the_keychain_only() {
    let sim = Sim::scripted(Script::new().key("opensesame-canary").agent("Wen", [])).unwrap();
    let keychain = Arc::new(Keychain::default());
    let home = Home::with_secrets(Arc::clone(&keychain) as _);
    let mut window = home.start().await;
    let launched = window.launch().await;
    assert!(launched.profiles.is_empty() && launched.profile.is_none());
    assert_eq!(launched.keychain, Kept::Works);

    for wrong in [None, Some("wrong")] {
        let Connected::No { what, hint, key_refused, checks } = window.ask(own(&sim.address(), wrong)).await.unwrap()
        else {
            panic!("connected with {wrong:?}")
        };
        assert!(key_refused, "{what}");
        assert!(!what.is_empty() && !hint.is_empty());
        assert_eq!(checks.last().map(|check| check.state), Some(CheckState::Failed));
        assert!(checks.iter().rev().skip(1).all(|check| check.state == CheckState::Passed), "{checks:?}");
    }
    assert!(keychain.keys().is_empty(), "a refused key is not kept");
    assert!(window.launch().await.profiles.is_empty());

    let profile = window.connect(&sim.address(), Some("  opensesame-canary \n")).await;
    assert_eq!(keychain.keys(), ["opensesame-canary"]);
    assert_eq!(window.titles(), ["Wen"]);
    let known = window.launch().await.profiles;
    assert!(known[0].has_key && known[0].version.as_deref() == Some("0.11.7"), "{known:?}");
    window.engine.close().await;
    drop(window);

    let mut window = home.start().await;
    let launched = window.launch().await;
    assert_eq!(launched.profile.as_ref(), Some(&profile));
    assert_eq!(launched.conversations[0].title, "Wen", "the list stands before the server answers");
    window.online(&profile).await;
    window.engine.close().await;
    for entry in std::fs::read_dir(home.folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(10).any(|part| part == b"opensesame"), "the key is in {}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_server_is_said_step_by_step() {
    let home = Home::new();
    let window = home.start().await;
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (address, failed) in
        [(format!("http://{unused}"), true), ("http://no-such-name.invalid".to_owned(), true), (String::new(), false)]
    {
        let Connected::No { what, key_refused, checks, .. } = window.ask(own(&address, None)).await.unwrap() else {
            panic!("connected to {address}")
        };
        assert!(!what.is_empty() && !key_refused, "{what}");
        assert_eq!(checks.iter().any(|check| check.state == CheckState::Failed), failed, "{address}: {checks:?}");
    }
    let refused = window.ask(own("http://127.0.0.1", Some("two words"))).await.unwrap();
    assert!(matches!(refused, Connected::No { key_refused: true, .. }), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keychain_it_says_so_before_it_saves() {
    let sim = Sim::scripted(Script::new().key("secret").agent("Wen", [])).unwrap();
    let home = Home::with_secrets(Arc::new(Forgetful));
    let mut window = home.start().await;
    let launched = window.launch().await;
    assert!(matches!(launched.keychain, Kept::Missing { .. }));
    let asked = window.ask(own(&sim.address(), Some("secret"))).await.unwrap();
    assert!(matches!(&asked, Connected::NoKeychain { why } if why.contains("keychain")), "{asked:?}");
    assert!(window.launch().await.profiles.is_empty());
    let agreed = Connect { memory_only: true, ..own(&sim.address(), Some("secret")) };
    let Connected::Yes { profile } = window.ask(agreed).await.unwrap() else { panic!("not connected") };
    window.online(&profile).await;
    window.engine.close().await;
    drop(window);

    let mut window = home.start().await;
    window.launch().await;
    let id = profile.clone();
    window
        .until("the key is missing", move |window| {
            matches!(window.connection(&id), Some(Connection::Refused { .. } | Connection::Offline { .. }))
        })
        .await;
    assert_eq!(window.row("Wen").title, "Wen", "what was saved is there all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_may_be_kept_in_memory_by_choice_without_a_question() {
    let sim = Sim::scripted(Script::new().key("secret").agent("Wen", [])).unwrap();
    let home = Home::with_secrets(Arc::new(engine::MemorySecrets::default()));
    let mut window = home.start().await;
    assert!(matches!(window.launch().await.keychain, Kept::Missing { .. }));
    window.connect(&sim.address(), Some("secret")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_is_a_place_like_any_other_and_comes_back_at_the_next_start() {
    let sim = Sim::demo_at(sim::Pace::instant()).unwrap();
    let mut home = Home::new();
    home.demo = Some(sim.address());
    let mut window = home.start().await;
    window.launch().await;
    let demo = Connect { place: Place::Demo, key: None, memory_only: false };
    let Connected::Yes { profile } = window.ask(demo).await.unwrap() else { panic!("no demo") };
    assert_eq!(profile.as_str(), "demo");
    window.online(&profile).await;
    let rows = window.sidebars[&profile].clone();
    assert_eq!(rows[0].kind, model::ConversationKind::Table, "{:?}", window.titles());
    let agents = rows.iter().filter(|row| row.kind == model::ConversationKind::Agent).count();
    assert_eq!(rows[0].members.len(), agents, "all sit at the table");
    let mut hues: Vec<u8> = rows[0].members.iter().map(|member| member.hue).collect();
    hues.sort_unstable();
    hues.dedup();
    assert_eq!(hues.len(), rows[0].members.len());
    assert!(rows[0].members.iter().all(|member| !member.role.is_empty() && !member.monogram.is_empty()), "{rows:?}");
    assert_eq!(rows[0].closed, None);
    drop(window);

    let again = Sim::demo_at(sim::Pace::instant()).unwrap();
    home.demo = Some(again.address());
    let mut window = home.start().await;
    assert_eq!(window.launch().await.profile, Some(profile.clone()));
    window.online(&profile).await;
    assert_eq!(again.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environments_server_is_there_while_it_is_set_and_its_key_is_never_kept() {
    let sim = Sim::scripted(Script::new().key("from-outside").agent("Wen", [])).unwrap();
    let keychain = Arc::new(Keychain::default());
    let mut home = Home::with_secrets(Arc::clone(&keychain) as _);
    home.environment = Some((sim.address(), Some("from-outside".to_owned())));
    let mut window = home.start().await;
    let launched = window.launch().await;
    let profile = launched.profile.unwrap();
    assert_eq!((profile.as_str(), launched.profiles[0].name.as_str()), ("env", "From the environment"));
    window.online(&profile).await;
    assert!(keychain.keys().is_empty());
    let refused = window.ask(RemoveProfile { profile: profile.clone() }).await.unwrap_err();
    assert_eq!(refused.code, Code::Invalid);
    let refused =
        window.ask(Connect { place: launched.profiles[0].place.clone(), key: None, memory_only: false }).await;
    assert_eq!(refused.unwrap_err().code, Code::Invalid);
    window.engine.close().await;
    drop(window);
    home.environment = None;
    assert!(home.start().await.launch().await.profiles.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_are_connected_at_once_and_one_is_forgotten_with_all_it_had() {
    let one = Sim::scripted(Script::new().key("first").agent("Wen", [Answer::text("Here.")])).unwrap();
    let two = Sim::scripted(Script::new().agent("Rosa", [])).unwrap();
    let keychain = Arc::new(Keychain::default());
    let home = Home::with_secrets(Arc::clone(&keychain) as _);
    let mut window = home.start().await;
    window.launch().await;
    let first = window.connect(&one.address(), Some("first")).await;
    let second = window.connect(&two.address(), None).await;
    assert_eq!(window.connection(&first), Some(&Connection::Online));
    assert_eq!(window.launch().await.profile, Some(second.clone()), "the newest is shown");
    let rows = window.ask(ChooseProfile { profile: first.clone() }).await.unwrap();
    assert_eq!(rows[0].title, "Wen");
    assert_eq!(window.launch().await.profile, Some(first.clone()));
    let wen = window.open("Wen").await;
    window.send_and_wait(&wen, "Are you there?").await;

    let again = window.connect(&one.address(), None).await;
    assert_eq!(again, first, "the same place is the same profile, with the key it has");

    window.ask(RemoveProfile { profile: first.clone() }).await.unwrap();
    assert!(keychain.keys().is_empty());
    let launched = window.launch().await;
    assert_eq!(launched.profiles.len(), 1);
    assert_eq!(launched.profile, Some(second));
    assert_eq!(window.send(&wen, "Hello?").await.unwrap_err().code, Code::Invalid);
    let before = one.requests().len();
    window.listen_for(std::time::Duration::from_millis(1200)).await;
    assert_eq!(one.requests().len(), before, "a forgotten server is not asked any more");
    assert!(window.ask(Refresh { profile: first }).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_away_is_tried_until_it_is_back() {
    let sim = Sim::scripted(Script::new().agent("Wen", [])).unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    let profile = window.connect(&sim.address(), None).await;
    sim.go_away();
    let id = profile.clone();
    window
        .until("it is missed", move |window| matches!(window.connection(&id), Some(Connection::Reconnecting { .. })))
        .await;
    let id = profile.clone();
    window
        .until(
            "it is offline",
            move |window| matches!(window.connection(&id), Some(Connection::Offline { why }) if !why.is_empty()),
        )
        .await;
    sim.come_back().unwrap();
    window.online(&profile).await;

    sim.set_fault(On::Agents, Fault::unauthorized());
    let id = profile.clone();
    window
        .until("the key is refused", move |window| matches!(window.connection(&id), Some(Connection::Refused { .. })))
        .await;
    sim.clear_faults();
    window.ask(Refresh { profile: profile.clone() }).await.unwrap();
    window.online(&profile).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_web_and_mail_links_leave_the_app() {
    let home = Home::new();
    let window = home.start().await;
    for refused in ["file:///etc/passwd", "javascript:alert(1)", "https://letta.com@evil.example/"] {
        assert!(window.ask(OpenLink { url: refused.to_owned() }).await.is_err(), "{refused}");
    }
    window.ask(OpenLink { url: "https://docs.letta.com/".to_owned() }).await.unwrap();
    assert_eq!(home.opened.links(), ["https://docs.letta.com/"]);
}
