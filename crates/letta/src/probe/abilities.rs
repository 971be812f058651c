//! What a version of Letta can do, from its number alone; which version does what was recorded. No network.

use crate::Mode;

/// Why groups are closed from 0.16.5 on: the routes are gone (0.16.8/group-rr-stream-steps).
pub(crate) const GROUPS_GONE: &str = "Letta took talking in groups out with version 0.16.5. \
    What was said stays readable, and each agent can be talked to alone.";
/// Why groups are closed from 0.12 to 0.16.4: the routes are there and always fail.
pub(crate) const GROUPS_BROKEN: &str = "In Letta from 0.12 to 0.16.4 talking in groups fails on the server. \
    Each agent can be talked to alone.";

/// Why answers cannot come in the background: a server refused it (0.16.8/noredis-background).
pub const NO_BACKGROUND: &str = "This server keeps no streams, because it runs without Redis. \
    Answers come plainly, and what a cut took is read from the history.";

/// What a server can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Why its groups cannot be talked to; none where they can, or where only trying tells (Letta Cloud).
    pub groups_closed: Option<String>,
    /// It sends pings without being asked (0.16.5 on). We always ask.
    pub pings_by_itself: bool,
    /// A request for approval survives token streaming. Not in 0.11.7.
    pub approvals_in_tokens: bool,
    /// It knows answers in the background; whether it has the Redis for it, only trying tells (0.11.7/background-mg2).
    pub background: bool,
    /// Its agents have conversations beside their main thread (0.16.2 on).
    pub conversations: bool,
    /// Letta Cloud: the version says nothing of what it can do.
    pub cloud: bool,
    /// Asked to stop, it stops. 0.11.7 says so and goes on (0.11.7/cancel-stream-mg2).
    pub stops: bool,
    /// It knows decisions call by call (`approvals`). Older ones know one decision per request; we send both forms.
    pub approvals_by_call: bool,
}

impl Abilities {
    /// Of a version as `/v1/health/` tells it. A version that is no number counts as the newest.
    pub fn of(version: &str, cloud: bool) -> Self {
        let mut numbers = version.split(['.', '-', '+']).map_while(|part| part.parse::<u32>().ok());
        let mut next = || numbers.next().unwrap_or(u32::MAX);
        let version = (next(), next(), next());
        let groups_closed = match version {
            _ if cloud => None,
            version if version < (0, 12, 0) => None,
            version if version < (0, 16, 5) => Some(GROUPS_BROKEN.to_owned()),
            _ => Some(GROUPS_GONE.to_owned()),
        };
        Self {
            groups_closed,
            pings_by_itself: version >= (0, 16, 5),
            approvals_in_tokens: version >= (0, 12, 0),
            approvals_by_call: version >= (0, 12, 0),
            background: version >= (0, 11, 0),
            cloud,
            stops: version >= (0, 12, 0),
            conversations: cloud || version >= (0, 16, 2),
        }
    }

    /// How to ask for an answer of an agent whose tools may ask for approval, or not ([`crate::Agent::may_ask`]).
    pub fn mode(&self, may_ask: bool) -> Mode {
        if may_ask && !self.approvals_in_tokens { Mode::Steps } else { Mode::Tokens }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_version_can_do_follows_the_recordings() {
        let old = Abilities::of("0.11.7", false);
        assert_eq!(old.groups_closed, None);
        assert_eq!((old.mode(true), old.mode(false)), (Mode::Steps, Mode::Tokens));
        assert!(!old.conversations && Abilities::of("0.11.7", true).conversations);
        assert!(!Abilities::of("0.16.1", false).conversations && Abilities::of("0.16.2", false).conversations);
        let between = Abilities::of("0.16.4", false);
        assert!(between.groups_closed.unwrap().contains("fails"));
        let new = Abilities::of("0.16.8", false);
        assert!(new.groups_closed.clone().unwrap().contains("0.16.5"));
        assert_eq!(new.mode(true), Mode::Tokens);
        assert!(new.pings_by_itself && new.approvals_by_call);
        assert_eq!(Abilities::of("0.16.8", true).groups_closed, None);
        assert_eq!(Abilities::of("next", false), Abilities::of("9.0", false));
    }
}
