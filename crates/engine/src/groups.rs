//! A server's own groups as they are set: making and changing them, taking out what was said, deleting them; and what their rows say.
//! Listing them is `sync`, talking in them is `conversation`, tables that the app leads are `tables`.

use std::sync::Arc;

use letta::{Charter, Client, Target};
use model::{AgentId, Code, Conversation, ConversationId, ConversationKind, Failure, Group, Place, ProfileId, Turn};

use crate::{
    conversation::{Input, gone, target, tell},
    house::House,
    profiles::unknown,
    seats::{self, Guest},
    sidebar::Row,
    store::StoreError,
};

/// Letters of a name.
const LONGEST: usize = 120;

/// Makes a group on a server; it stands in the sidebar at once.
pub(crate) async fn make(house: &Arc<House>, profile: &ProfileId, group: Group) -> Result<ConversationId, Failure> {
    let client = client(house, profile)?;
    let charter = charter(group, "")?;
    let made = client.make_group(&charter).await.inspect_err(|error| {
        if error.may_have_arrived() {
            // It may stand there nevertheless: the list tells.
            house.profiles.wake(profile);
        }
    })?;
    let row = row(house, profile, &made).await;
    house.sidebar.add(Row::new(row.clone(), 0));
    noted(house.store.put_conversation(&row).await);
    Ok(row.id)
}

/// How a group is set, as its server has it now.
pub(crate) async fn group_of(house: &House, id: &ConversationId) -> Result<Group, Failure> {
    let (row, group) = known(house, id)?;
    let group = client(house, &row.profile)?.group(&group).await?;
    let chair = group.way.chair().cloned();
    Ok(Group {
        name: name(&group.description).to_owned(),
        members: group.agents.into_iter().filter(|agent| Some(agent) != chair.as_ref()).collect(),
        way: group.way,
    })
}

/// How a group is set from now on. What stands below its name in its description stays there.
pub(crate) async fn change(house: &House, id: &ConversationId, group: Group) -> Result<(), Failure> {
    let (row, named) = known(house, id)?;
    let client = client(house, &row.profile)?;
    let was = client.group(&named).await?;
    let charter = charter(group, below_name(&was.description))?;
    let is = client.change_group(&was, &charter).await?;
    let fresh = self::row(house, &row.profile, &is).await;
    house.sidebar.update(id, |row| {
        row.title = fresh.title;
        row.members = fresh.members;
        row.pattern = fresh.pattern;
        row.caution = fresh.caution;
    });
    house.talks.tell_running(id, Input::Seated);
    if let Some(row) = house.sidebar.row(id) {
        noted(house.store.put_conversation(&row).await);
    }
    Ok(())
}

/// Takes out all that was said in a group, on the server and here.
pub(crate) async fn reset(house: &Arc<House>, id: &ConversationId) -> Result<(), Failure> {
    let (row, _) = known(house, id)?;
    client(house, &row.profile)?;
    tell(house, id, Input::Reset).await
}

/// Deletes a group on the server; it goes from the sidebar.
pub(crate) async fn delete(house: &House, id: &ConversationId) -> Result<(), Failure> {
    let (row, group) = known(house, id)?;
    client(house, &row.profile)?.delete_group(&group).await?;
    house.talks.end(|talk| talk == id).await;
    house.sidebar.take_out(id);
    noted(house.store.put_conversations(&row.profile, &house.sidebar.to_be_saved(&row.profile)).await);
    Ok(())
}

/// The title of a group's row: the first line of its description, else its members.
pub(crate) fn title(description: &str, guests: &[Guest]) -> String {
    match name(description) {
        "" => names(guests),
        name => name.to_owned(),
    }
}

/// What to know of a group whose server runs the tools of its members unasked, where one would ask by itself
/// (0.11.7/group-rr-approval). The demo asks in its group too.
pub(crate) fn caution(house: &House, profile: &ProfileId, guests: &[Guest]) -> Option<String> {
    let known = house.profiles.get(profile)?;
    if known.place == Place::Demo || house.profiles.asks_in_groups(profile) {
        return None;
    }
    let asking = guests.iter().filter(|guest| house.profiles.asks(profile, &guest.agent)).cloned();
    let asking: Vec<Guest> = asking.collect();
    (!asking.is_empty())
        .then(|| format!("In groups this server runs tools without asking you, also those of {}.", names(&asking)))
}

async fn row(house: &House, profile: &ProfileId, group: &letta::Group) -> Conversation {
    let id = ConversationId::from(format!("{profile}/{}", group.id));
    let guest = |agent: AgentId| {
        let row = house.sidebar.row(&ConversationId::from(format!("{profile}/{agent}")))?;
        let member = row.members.into_iter().next()?;
        Some(Guest { agent, name: member.name, role: member.role })
    };
    let guests: Vec<Guest> = group.seats().into_iter().filter_map(guest).collect();
    let agents: Vec<AgentId> = guests.iter().map(|guest| guest.agent.clone()).collect();
    let hues = house.store.hues(&agents).await;
    Conversation {
        id,
        profile: profile.clone(),
        kind: ConversationKind::Group,
        title: title(&group.description, &guests),
        members: seats::seat(&guests, &hues),
        pattern: Some(group.pattern()),
        last: None,
        unread: false,
        waiting: 0,
        turn: Turn::Yours,
        closed: None,
        caution: caution(house, profile, &guests),
        floor: None,
        archived: false,
        long_run: None,
    }
}

/// The client of a server whose groups can be managed; else why not.
fn client(house: &House, profile: &ProfileId) -> Result<Client, Failure> {
    let known = house.profiles.get(profile).ok_or_else(unknown)?;
    match known.groups_closed {
        Some(why) => Err(Failure::new(Code::Server, why)),
        None => house.profiles.client(profile),
    }
}

/// A group of a server by our id, with its own.
fn known(house: &House, id: &ConversationId) -> Result<(Conversation, String), Failure> {
    let row = house.sidebar.row(id).ok_or_else(gone)?;
    match target(id) {
        Some(Target::Group(group)) => Ok((row, group)),
        Some(Target::Agent(_) | Target::Thread { .. }) | None => {
            Err(Failure::new(Code::Invalid, "Only a group that a server leads can be set there."))
        }
    }
}

/// What is asked of the server: a name that may be given, members who sit once, and whoever leads.
fn charter(group: Group, below_name: &str) -> Result<Charter, Failure> {
    let invalid = |why: String| Err(Failure::new(Code::Invalid, why));
    let name = group.name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return invalid("A group needs a name.".to_owned());
    }
    if name.chars().count() > LONGEST {
        return invalid(format!("A name has at most {LONGEST} letters."));
    }
    let mut agents: Vec<AgentId> = Vec::new();
    for agent in group.members {
        if Some(&agent) != group.way.chair() && !agents.contains(&agent) {
            agents.push(agent);
        }
    }
    if agents.is_empty() {
        return invalid("A group needs a member, beside the one who leads it.".to_owned());
    }
    let description = if below_name.is_empty() { name } else { format!("{name}\n{below_name}") };
    Ok(Charter { description, agents, way: group.way })
}

fn name(description: &str) -> &str {
    description.lines().next().unwrap_or_default().trim()
}

fn below_name(description: &str) -> &str {
    description.split_once('\n').map_or("", |(_, below)| below)
}

/// "Wen, Rosa and Ibrahim".
fn names(guests: &[Guest]) -> String {
    match guests {
        [] => "Empty table".to_owned(),
        [only] => only.name.clone(),
        [others @ .., last] => {
            let others: Vec<&str> = others.iter().map(|guest| guest.name.as_str()).collect();
            format!("{} and {}", others.join(", "), last.name)
        }
    }
}

/// The list is asked for again anyway.
fn noted(saved: Result<(), StoreError>) {
    if let Err(error) = saved {
        tracing::warn!(%error, "the list of conversations is not saved");
    }
}

#[cfg(test)]
mod tests {
    use model::Way;

    use super::*;

    fn guests(names: &[&str]) -> Vec<Guest> {
        let guest = |name: &&str| Guest { agent: AgentId::from(*name), name: (*name).to_owned(), role: String::new() };
        names.iter().map(guest).collect()
    }

    #[test]
    fn a_group_without_a_description_is_called_by_its_members() {
        assert_eq!(title("", &guests(&["Wen", "Rosa", "Ibrahim"])), "Wen, Rosa and Ibrahim");
        assert_eq!(title("\n", &guests(&["Wen"])), "Wen");
        assert_eq!(title("", &[]), "Empty table");
        assert_eq!(title(" Evening \nWhere it is made.", &guests(&["Wen"])), "Evening");
    }

    #[test]
    fn what_is_asked_of_the_server_is_in_order() {
        let lead = AgentId::from("c");
        let members = ["a", "c", "b", "a"].map(AgentId::from).to_vec();
        let way = Way::Supervisor { lead };
        let group = Group { name: "  The  magazine ".to_owned(), members, way };
        let asked = charter(group.clone(), "Where it is made.").unwrap();
        assert_eq!(asked.description, "The magazine\nWhere it is made.");
        assert_eq!(asked.agents, ["a", "b"].map(AgentId::from), "each once, and the lead not among them");
        let why = |group: Group| charter(group, "").unwrap_err().message;
        assert_eq!(why(Group { name: " ".to_owned(), ..group.clone() }), "A group needs a name.");
        assert_eq!(why(Group { name: "x".repeat(121), ..group.clone() }), "A name has at most 120 letters.");
        let alone = vec![AgentId::from("c")];
        assert!(why(Group { members: alone, ..group }).starts_with("A group needs a member"));
    }
}
