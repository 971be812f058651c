//! A server's own groups are made, changed, emptied and deleted on a real server, and talk.

use model::{
    AgentId, Code, Group, Pattern, Way,
    command::{ChangeGroup, DeleteGroup, GroupOf, MakeGroup, ResetGroup},
};

use super::{Ability, lacking, needs, patient, row_of, said, spoken};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn a_group_is_made_talks_is_changed_emptied_and_deleted() {
    let Some(real) = needs(&[Ability::Groups]) else { return };
    let home = patient();
    let (mut window, profile) = real.connected(&home).await;
    let member = |seat: usize| AgentId::from(real.ids["group"]["members"][seat].as_str().unwrap());
    let set = Group {
        name: "Made by the app".to_owned(),
        members: vec![member(0), member(1)],
        way: Way::RoundRobin { turns: None },
    };
    let made = window.ask(MakeGroup { profile: profile.clone(), group: set.clone() }).await.unwrap();
    window.until("it stands in the list", |window| row_of(window, &made).is_some()).await;
    assert_eq!(row_of(&window, &made).unwrap().pattern, Some(Pattern::RoundRobin));
    assert_eq!(window.ask(GroupOf { conversation: made.clone() }).await.unwrap(), set);
    window.open_id(&made).await;
    window.send_and_wait(&made, "Good evening").await;
    let heard = spoken(&window.talk(&made).items);
    assert!(heard.contains("this is Hugo") && heard.contains("this is Ida"), "{heard}");

    let changed = Group { name: "Changed by the app".to_owned(), members: vec![member(2), member(0)], ..set };
    window.ask(ChangeGroup { conversation: made.clone(), group: changed }).await.unwrap();
    window
        .until("its row says so", |window| {
            row_of(window, &made).is_some_and(|row| row.members.len() == 2 && row.title == "Changed by the app")
        })
        .await;
    let names: Vec<String> = row_of(&window, &made).unwrap().members.iter().map(|member| member.name.clone()).collect();
    assert_eq!(names, ["Jonas", "Hugo"]);
    window.send_and_wait(&made, "And now").await;
    assert!(spoken(&window.talk(&made).items).contains("this is Jonas"), "{}", window.describe());

    window.ask(ResetGroup { conversation: made.clone() }).await.unwrap();
    window.until_talk("it is empty", &made, |talk| talk.items.is_empty()).await;
    let named = made.as_str().split_once('/').unwrap().1.to_owned();
    let stored = real.ask(reqwest::Method::GET, &format!("groups/{named}/messages?limit=50"), None).await;
    assert_eq!(stored.as_array().map(Vec::len), Some(0), "{stored}");
    window.send_and_wait(&made, "Once more").await;
    let lines = said(&window.talk(&made).items);
    assert!(lines[0].contains("Once more"), "{lines:#?}");

    window.ask(DeleteGroup { conversation: made.clone() }).await.unwrap();
    window.until("it is gone", |window| row_of(window, &made).is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn where_groups_do_not_talk_none_is_made() {
    let Some(real) = lacking(Ability::Groups) else { return };
    let home = patient();
    let (window, profile) = real.connected(&home).await;
    let members = vec![AgentId::from(real.ids["group"]["members"][0].as_str().unwrap())];
    let group = Group { name: "Not to be".to_owned(), members, way: Way::RoundRobin { turns: None } };
    let refused = window.ask(MakeGroup { profile, group }).await.unwrap_err();
    assert_eq!(refused.code, Code::Server);
    assert!(refused.message.contains("0.16.5"), "{refused:?}");
}
