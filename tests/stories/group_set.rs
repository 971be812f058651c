//! A server's own groups as they are set: made, changed, emptied and deleted from the app; refused where groups do not work.

use model::{
    AgentId, Code, ConversationId, ConversationKind, Group, Pattern, ProfileId, Way,
    command::{ChangeGroup, DeleteGroup, GroupOf, MakeGroup, ResetGroup},
};
use sim::{Answer, Fault, On, Script, Sim, Step};
use tests::{Home, Window};

fn friends() -> Script {
    Script::new()
        .agent("Wen", [Answer::text("About half."), Answer::text("As I said.")])
        .agent("Rosa", [Answer::text("It fits."), Answer::text("Still fits.")])
        .agent("Ibrahim", [Answer::text("It costs 3 €.")])
}

async fn connected(home: &Home, sim: &Sim) -> (Window, ProfileId) {
    let mut window = home.start().await;
    window.launch().await;
    let profile = window.connect(&sim.address(), None).await;
    (window, profile)
}

fn agents(window: &Window, names: &[&str]) -> Vec<AgentId> {
    names.iter().map(|name| window.row(name).members[0].agent.clone()).collect()
}

fn group(window: &Window, name: &str, members: &[&str]) -> Group {
    Group { name: name.to_owned(), members: agents(window, members), way: Way::RoundRobin { turns: None } }
}

async fn make(window: &Window, profile: &ProfileId, group: Group) -> ConversationId {
    window.ask(MakeGroup { profile: profile.clone(), group }).await.unwrap()
}

fn names(window: &Window, title: &str) -> Vec<String> {
    window.row(title).members.iter().map(|member| member.name.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_made_talks_and_is_the_same_elsewhere() {
    let sim = Sim::scripted(friends()).unwrap();
    let home = Home::new();
    let (mut window, profile) = connected(&home, &sim).await;
    let evening = group(&window, " The  evening ", &["Wen", "Rosa"]);
    let made = make(&window, &profile, evening).await;
    window.until("it stands in the list", |window| window.sidebars[&profile].iter().any(|row| row.id == made)).await;
    let row = window.row("The evening").clone();
    assert_eq!((row.kind, row.pattern), (ConversationKind::Group, Some(Pattern::RoundRobin)));
    assert_eq!(names(&window, "The evening"), ["Wen", "Rosa"]);
    window.open_id(&made).await;
    window.send(&made, "Does it fit?").await.unwrap();
    window.until_talk("it is over", &made, |talk| talk.is_over() && talk.items.len() > 2).await;
    let lines = window.talk(&made).lines();
    assert!(lines.contains(&"assistant done Rosa: It fits.".to_owned()), "{lines:?}");

    let elsewhere = Home::new();
    let (window, _) = connected(&elsewhere, &sim).await;
    assert_eq!(names(&window, "The evening"), ["Wen", "Rosa"]);
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_of_taking_turns_is_kept_with_what_belongs_to_it() {
    let sim = Sim::scripted(friends()).unwrap();
    let home = Home::new();
    let (mut window, profile) = connected(&home, &sim).await;
    let chair = agents(&window, &["Ibrahim"]).remove(0);
    let ways = [
        Way::RoundRobin { turns: Some(4) },
        Way::Supervisor { lead: chair.clone() },
        Way::Dynamic { manager: chair.clone(), turns: Some(3), ends_with: Some("ENOUGH".to_owned()) },
        Way::Sleeptime { talks: chair, every: Some(2) },
    ];
    for way in ways {
        let asked = Group { way: way.clone(), ..group(&window, way.word(), &["Wen", "Rosa"]) };
        let made = make(&window, &profile, asked.clone()).await;
        assert_eq!(window.ask(GroupOf { conversation: made.clone() }).await.unwrap(), asked);
        window
            .until("it stands in the list", |window| window.sidebars[&profile].iter().any(|row| row.id == made))
            .await;
        let row = window.row(way.word()).clone();
        assert_eq!(row.pattern, Some(way.pattern()));
        assert_eq!(row.members.len(), if way.chair().is_some() { 3 } else { 2 });
        if way.word() != "round_robin" {
            let other = Group { way: Way::RoundRobin { turns: None }, ..asked };
            let refused = window.ask(ChangeGroup { conversation: made, group: other }).await.unwrap_err();
            assert_eq!(refused.code, Code::Invalid);
            assert!(refused.message.contains("Make another group"), "{refused:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_group_has_other_members_and_another_name_and_keeps_what_was_said() {
    let script = friends().group("The magazine\nWhere it is made.", &["Wen", "Rosa"], Some(2));
    let sim = Sim::scripted(script).unwrap();
    let home = Home::new();
    let (mut window, profile) = connected(&home, &sim).await;
    let magazine = window.open("The magazine").await;
    window.send(&magazine, "Does it fit?").await.unwrap();
    window.until_talk("it is over", &magazine, |talk| talk.is_over() && talk.items.len() > 2).await;
    let set = window.ask(GroupOf { conversation: magazine.clone() }).await.unwrap();
    assert_eq!((set.name.as_str(), &set.way), ("The magazine", &Way::RoundRobin { turns: Some(2) }));
    let changed = Group { way: Way::RoundRobin { turns: None }, ..group(&window, "The almanac", &["Ibrahim", "Rosa"]) };
    window.ask(ChangeGroup { conversation: magazine.clone(), group: changed }).await.unwrap();
    window
        .until("its row says so", |window| window.sidebars[&profile].iter().any(|row| row.title == "The almanac"))
        .await;
    assert_eq!(names(&window, "The almanac"), ["Ibrahim", "Rosa"]);
    let description =
        sim.requests().into_iter().rfind(|asked| asked.method == "PATCH").unwrap().body["description"].clone();
    assert_eq!(description, "The almanac\nWhere it is made.", "what stands below the name stays");
    let before = window.talk(&magazine).items.len();
    window.send(&magazine, "And now?").await.unwrap();
    window.until_talk("it goes on", &magazine, |talk| talk.is_over() && talk.items.len() > before + 2).await;
    let lines = window.talk(&magazine).lines();
    assert!(lines.contains(&"assistant done Wen: About half.".to_owned()), "{lines:?}");
    assert!(lines.contains(&"assistant done Ibrahim: It costs 3 €.".to_owned()), "{lines:?}");
    let ibrahim = agents(&window, &["Ibrahim"]);
    let known = |item: &model::Item| item.speaker().is_some_and(|speaker| speaker.id.as_ref() == ibrahim.first());
    assert!(window.talk(&magazine).items.iter().any(known), "who is new is known by name");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_is_taken_out_there_and_here() {
    let script = friends().group("The magazine", &["Wen", "Rosa"], None);
    let sim = Sim::scripted(script).unwrap();
    let home = Home::new();
    let (mut window, _) = connected(&home, &sim).await;
    let magazine = window.open("The magazine").await;
    window.send(&magazine, "Does it fit?").await.unwrap();
    window.until_talk("it is over", &magazine, |talk| talk.is_over() && talk.items.len() > 2).await;

    sim.set_fault(On::Groups, Fault::status(500, serde_json::json!({"detail": "no"})));
    let before = window.talk(&magazine).lines();
    let refused = window.ask(ResetGroup { conversation: magazine.clone() }).await.unwrap_err();
    assert_eq!(refused.code, Code::Server, "{refused:?}");
    assert_eq!(window.talk(&magazine).lines(), before, "nothing is lost where the server did not do it");
    sim.clear_faults();

    window.ask(ResetGroup { conversation: magazine.clone() }).await.unwrap();
    window.until_talk("it is empty", &magazine, |talk| talk.items.is_empty()).await;
    window.until("its row says nothing", |window| window.row("The magazine").last.is_none()).await;
    window.engine.close().await;

    // Neither the disk nor the server has it any more.
    let (mut window, _) = connected(&home, &sim).await;
    window.open_id(&magazine).await;
    window.listen_for(std::time::Duration::from_millis(300)).await;
    assert_eq!(window.talk(&magazine).lines(), Vec::<String>::new());
    window.send(&magazine, "Once more").await.unwrap();
    window.until_talk("it talks as before", &magazine, |talk| talk.is_over() && talk.items.len() > 2).await;
    assert_eq!(window.talk(&magazine).lines()[0], "user done: Once more");
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_taken_out_while_an_answer_comes() {
    let script = Script::new()
        .agent("Wen", [Answer::of([Step::text("First, "), Step::Gate, Step::text("then.")])])
        .group("One", &["Wen"], None);
    let sim = Sim::scripted(script).unwrap();
    let home = Home::new();
    let (mut window, _) = connected(&home, &sim).await;
    let one = window.open("One").await;
    window.send(&one, "Speak").await.unwrap();
    window.until_talk("it speaks", &one, |talk| talk.lines().iter().any(|line| line.contains("First, "))).await;
    let refused = window.ask(ResetGroup { conversation: one.clone() }).await.unwrap_err();
    assert_eq!(refused.code, Code::Conflict);
    sim.release();
    window.until_talk("it ends", &one, |talk| talk.is_over()).await;
    let lines = window.talk(&one).lines();
    assert!(lines.contains(&"assistant done Wen: First, then.".to_owned()), "{lines:?}");
    assert!(!sim.requests().iter().any(|asked| asked.path.ends_with("reset-messages")), "the server was not asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_group_is_gone_and_its_members_stay() {
    let sim = Sim::scripted(friends().group("The magazine", &["Wen", "Rosa"], None)).unwrap();
    let home = Home::new();
    let (mut window, profile) = connected(&home, &sim).await;
    let magazine = window.open("The magazine").await;
    window.ask(DeleteGroup { conversation: magazine.clone() }).await.unwrap();
    window.until("it is gone", |window| window.sidebars[&profile].iter().all(|row| row.id != magazine)).await;
    let wen = window.open("Wen").await;
    window.send_and_wait(&wen, "Still there?").await;
    let gone = window.ask(GroupOf { conversation: magazine }).await.unwrap_err();
    assert_eq!(gone.code, Code::Invalid);
    let refused = window.ask(DeleteGroup { conversation: wen }).await.unwrap_err();
    assert!(refused.message.contains("Only a group"), "{refused:?}");
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_is_no_longer_there_is_told_of() {
    let sim = Sim::scripted(friends()).unwrap();
    let home = Home::new();
    let (window, profile) = connected(&home, &sim).await;
    let ghost = AgentId::from("agent-00000000-0000-4000-8000-000000000000");
    let group = Group { members: vec![ghost], ..group(&window, "Ghosts", &[]) };
    let refused = window.ask(MakeGroup { profile: profile.clone(), group: group.clone() }).await.unwrap_err();
    assert_eq!(refused.code, Code::Invalid);
    assert!(refused.message.contains("no longer on the server"), "{refused:?}");
    let nameless = Group { name: "  ".to_owned(), ..group.clone() };
    let refused = window.ask(MakeGroup { profile: profile.clone(), group: nameless }).await.unwrap_err();
    assert_eq!(refused.message, "A group needs a name.");
    let empty = Group { members: vec![], ..group };
    let refused = window.ask(MakeGroup { profile, group: empty }).await.unwrap_err();
    assert!(refused.message.contains("needs a member"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_groups_do_not_work_none_is_managed_and_the_server_is_not_asked() {
    for version in ["0.16.4", "0.16.8"] {
        let sim = Sim::scripted(friends().version(version).group("The magazine", &["Wen", "Rosa"], None)).unwrap();
        let home = Home::new();
        let (window, profile) = connected(&home, &sim).await;
        let row = window.row("The magazine").clone();
        let closed = row.closed.clone().unwrap();
        let group = group(&window, "New", &["Wen", "Rosa"]);
        let id = || row.id.clone();
        let refused = [
            window.ask(MakeGroup { profile: profile.clone(), group: group.clone() }).await.unwrap_err(),
            window.ask(GroupOf { conversation: id() }).await.unwrap_err(),
            window.ask(ChangeGroup { conversation: id(), group }).await.unwrap_err(),
            window.ask(ResetGroup { conversation: id() }).await.unwrap_err(),
            window.ask(DeleteGroup { conversation: id() }).await.unwrap_err(),
        ];
        for refused in refused {
            assert_eq!((refused.code, refused.message.as_str()), (Code::Server, closed.as_str()));
        }
        assert!(sim.requests().iter().all(|asked| asked.method == "GET"), "{version}");
    }
}
