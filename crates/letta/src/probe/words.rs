//! What a server can do, in words for whoever uses it. What it can do is `abilities`; each line says where it was seen.

use model::{Ability, Can, Skill};

use super::abilities::{Abilities, NO_BACKGROUND};

impl Abilities {
    /// The whole list, in its order. `refused`: it has refused to stream in the background.
    pub fn in_words(&self, refused: bool) -> Vec<Ability> {
        let ability = |of, (can, why): (Can, &str)| Ability { of, can, why: why.to_owned() };
        let groups = match (&self.groups_closed, self.cloud) {
            (Some(why), _) => Ability { of: Skill::Groups, can: Can::No, why: why.clone() },
            (None, true) => ability(
                Skill::Groups,
                (Can::Unknown, "Letta Cloud no longer documents groups. Where there are any, trying tells."),
            ),
            (None, false) => {
                ability(Skill::Groups, (Can::Yes, "Members speak in turn, and each is told apart by name."))
            }
        };
        let group_approvals = match groups.can {
            // 0.11.7/group-rr-approval: the tool runs unasked.
            Can::Yes => (Can::No, "In a group this server runs tools without asking, also those that should ask."),
            Can::No => (Can::No, "Nobody can talk in its groups."),
            Can::Partly | Can::Unknown => (Can::Unknown, "Only trying tells."),
        };
        vec![
            ability(Skill::Conversations, self.conversations_in_words()),
            groups,
            ability(Skill::Background, self.background_in_words(refused)),
            ability(Skill::Approvals, self.approvals_in_words()),
            ability(Skill::GroupApprovals, group_approvals),
            ability(Skill::Stopping, self.stopping_in_words()),
            ability(Skill::Images, (Can::Yes, "As far as the agent's model sees them.")),
        ]
    }

    fn conversations_in_words(&self) -> (Can, &'static str) {
        if self.conversations {
            (Can::Yes, "Each agent can have many, beside its main thread; all share its memory.")
        } else {
            (Can::No, "They came with Letta 0.16.2. Here an agent has one thread.")
        }
    }

    fn background_in_words(&self, refused: bool) -> (Can, &'static str) {
        match (self.background, refused) {
            (false, _) => (Can::No, "This version of Letta cannot. What a cut took is read from the history."),
            (true, true) => (Can::No, NO_BACKGROUND),
            (true, false) => {
                (Can::Unknown, "It can if it runs with Redis. The first answer asked for in this way tells.")
            }
        }
    }

    fn approvals_in_words(&self) -> (Can, &'static str) {
        if self.approvals_in_tokens {
            (Can::Yes, "Several calls of one step are decided together.")
        } else {
            // 0.11.7/approval-request-tokens-mg2.
            (
                Can::Partly,
                "An agent with a tool that may ask answers step by step: word by word the request would be lost.",
            )
        }
    }

    fn stopping_in_words(&self) -> (Can, &'static str) {
        if self.stops {
            (Can::Yes, "A tool that is running is finished first.")
        } else {
            // 0.11.7/cancel-stream-mg2.
            (Can::Partly, "The answer stops here. The server says that it stopped, and goes on to the end.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn can(abilities: &Abilities, refused: bool) -> Vec<(Skill, Can)> {
        abilities.in_words(refused).into_iter().map(|ability| (ability.of, ability.can)).collect()
    }

    #[test]
    fn each_version_says_what_it_can() {
        use Skill::{Approvals, Background, Conversations, GroupApprovals, Groups, Images, Stopping};
        let old = Abilities::of("0.11.7", false);
        assert_eq!(
            can(&old, true),
            [
                (Conversations, Can::No),
                (Groups, Can::Yes),
                (Background, Can::No),
                (Approvals, Can::Partly),
                (GroupApprovals, Can::No),
                (Stopping, Can::Partly),
                (Images, Can::Yes),
            ]
        );
        let new = Abilities::of("0.16.8", false);
        let of = |abilities: &Abilities, skill| {
            abilities.in_words(false).into_iter().find(|ability| ability.of == skill).unwrap()
        };
        assert_eq!(of(&new, Conversations).can, Can::Yes);
        assert_eq!(of(&new, Groups).can, Can::No);
        assert!(of(&new, Groups).why.contains("0.16.5"));
        assert_eq!(of(&new, Background).can, Can::Unknown);
        assert!(of(&old, Conversations).why.contains("0.16.2"));
        let cloud = Abilities::of("", true);
        assert_eq!((of(&cloud, Groups).can, of(&cloud, Conversations).can), (Can::Unknown, Can::Yes));
    }

    #[test]
    fn everything_is_said_once_in_order_in_whole_sentences() {
        for version in ["0.6.0", "0.11.7", "0.16.4", "0.16.8", "next"] {
            let list = Abilities::of(version, false).in_words(true);
            assert!(list.windows(2).all(|pair| pair[0].of < pair[1].of), "{version}");
            for ability in list {
                assert!(ability.why.ends_with('.') && ability.why.len() > 12, "{ability:?}");
            }
        }
    }
}
