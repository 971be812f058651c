//! Who speaks: the seat of a speaker, and the author's word for the page. Pure.

use model::{Author, Member, Speaker};

/// The seat of a speaker: by id, else by name; a stranger gets the letter of its name and the first colour.
pub(super) fn seat(members: &[Member], speaker: &Speaker) -> Member {
    let by_id = speaker.id.as_ref().and_then(|id| members.iter().find(|member| member.agent == *id));
    by_id.or_else(|| members.iter().find(|member| member.name == speaker.name)).cloned().unwrap_or_else(|| Member {
        agent: speaker.id.clone().unwrap_or_else(|| speaker.name.as_str().into()),
        name: speaker.name.clone(),
        role: String::new(),
        hue: 1,
        monogram: speaker.name.chars().next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default(),
    })
}

/// The author's word for `data-author`: the agent's name, `you`, or `app`.
pub fn author_word(author: &Author) -> String {
    match author {
        Author::You => "you".to_owned(),
        Author::Agent(speaker) => speaker.name.clone(),
        Author::App => "app".to_owned(),
    }
}
