//! What kind of server the stand-in is: its version, what that version can do, and the switches of tests.

use std::time::Duration;

use crate::Pace;

/// How this server presents itself.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// As in `/v1/health/`.
    pub(crate) version: String,
    /// The password every request but health needs.
    pub(crate) key: Option<String>,
    pub(crate) pace: Pace,
    /// Silence after which a ping comes.
    pub(crate) ping_every: Duration,
    /// False: no group route at all.
    pub(crate) groups: bool,
    /// At most so many rows on a page of history, whatever is asked for.
    pub(crate) rows_a_page: Option<usize>,
    /// How old a batch of a run in the background grows before it is given out; none: no Redis, so no such runs.
    pub(crate) redis: Option<Duration>,
    /// Agents speak as those of 0.11.7 did, too: no runs, no lists of calls, decisions in the older form alone, errors of another shape.
    pub(crate) old_agents: bool,
    /// Conversations although the version knows none: the demo's liberty.
    pub(crate) conversations: bool,
}

impl Settings {
    /// Where this version stands in the history of groups (API-FACTS §9).
    pub(crate) fn group_posts(&self) -> GroupPosts {
        match self.number() {
            version if version < [0, 12, 0] => GroupPosts::Work,
            version if version < [0, 16, 5] => GroupPosts::Broken,
            _ => GroupPosts::Gone,
        }
    }

    /// Whether agents have conversations: from 0.16 on, or where the demo takes the liberty.
    pub(crate) fn has_conversations(&self) -> bool {
        self.conversations || self.number() >= [0, 16, 0]
    }

    /// Whether the list of conversations must name its agent (0.16.4).
    pub(crate) fn conversations_need_agent(&self) -> bool {
        self.number() < [0, 16, 5]
    }

    fn number(&self) -> [u32; 3] {
        let mut numbers = self.version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        [numbers.next().unwrap_or(0), numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)]
    }
}

/// What becomes of a message to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GroupPosts {
    /// Up to 0.11.7.
    Work,
    /// 0.12 to 0.16.4: 500.
    Broken,
    /// From 0.16.5 on: 405.
    Gone,
}
