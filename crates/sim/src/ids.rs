//! Ids and dates as Letta writes them: `message-<uuid4>`, the otid of each part of a message, whole seconds. Nothing about who
//! uses them.

use jiff::Timestamp;
use uuid::Uuid;

/// A new `kind-<uuid4>`.
pub(crate) fn fresh(kind: &str) -> String {
    format!("{kind}-{}", Uuid::new_v4())
}

/// A new tool call id, in the provider's form.
pub(crate) fn fresh_call() -> String {
    let hex = Uuid::new_v4().simple().to_string();
    format!("call_{}", &hex[..24])
}

/// The same uuid for the same name at every start, so that what the demo always had is merged and not doubled by a cache.
pub(crate) fn fixed(name: &str) -> Uuid {
    // FNV-1a with two offsets: no secrets here, only a spread that never changes between compilers.
    let half = |seed: u64| {
        name.bytes()
            .fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
            .rotate_left(29)
    };
    let (high, low) = (half(0xcbf2_9ce4_8422_2325), half(0x8422_2325_cbf2_9ce4));
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&high.to_be_bytes());
    bytes[8..].copy_from_slice(&low.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// The id of one model step, from which its messages take id and otids.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stem(Uuid);

impl Stem {
    pub(crate) fn fresh() -> Self {
        Self::from(Uuid::new_v4())
    }

    /// The message id.
    pub(crate) fn message(self) -> String {
        format!("message-{}", self.0)
    }

    /// The id under which a token-streamed step that asks for approval is stored: one lower
    /// (recording 0.16.8/approval-request-tokens-v1).
    pub(crate) fn before(self) -> Self {
        Self(Uuid::from_u128(self.0.as_u128() - 1))
    }

    /// The otid of the n-th part: the id with its low seven bits replaced by n.
    pub(crate) fn otid(self, part: u8) -> String {
        Uuid::from_u128((self.0.as_u128() & !0x7f) | u128::from(part & 0x7f)).to_string()
    }
}

impl From<Uuid> for Stem {
    fn from(uuid: Uuid) -> Self {
        // An id whose low seven bits are all zero would change the otids' base when it is lowered by one.
        let bits = uuid.as_u128();
        Self(Uuid::from_u128(if bits & 0x7f == 0 { bits | 1 } else { bits }))
    }
}

/// `2026-11-20T22:36:47+00:00`: a message's date, whole seconds.
pub(crate) fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// `2026-11-20T22:50:48.118959Z`: when a run or an agent was created.
pub(crate) fn created(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// `2026-11-20T22:50:49.325060`: when a run was completed; the server leaves the time zone out.
pub(crate) fn completed(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string()
}

/// Whether `text` is `kind-<uuid4>`.
pub(crate) fn is_well_formed(kind: &str, text: &str) -> bool {
    text.strip_prefix(kind)
        .and_then(|rest| rest.strip_prefix('-'))
        .and_then(|rest| Uuid::try_parse(rest).ok())
        .is_some_and(|uuid| uuid.get_version_num() == 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn otids_follow_the_recorded_rule() {
        // Recording 0.16.8/stream-tokens-tool-v1.
        let stem = Stem::from(Uuid::parse_str("bd16c07e-df0b-48b6-b12a-6fe3796c4447").unwrap());
        assert_eq!(stem.otid(0), "bd16c07e-df0b-48b6-b12a-6fe3796c4400");
        assert_eq!(stem.otid(2), "bd16c07e-df0b-48b6-b12a-6fe3796c4402");
        let stem = Stem::from(Uuid::parse_str("5ec3cf2c-248b-46a8-9dc2-a19a89105c8e").unwrap());
        assert_eq!(stem.otid(1), "5ec3cf2c-248b-46a8-9dc2-a19a89105c81");
    }

    #[test]
    fn lowering_an_id_keeps_its_otids() {
        let stem = Stem::from(Uuid::parse_str("e83f2092-9568-4b59-875f-e17ff102c680").unwrap());
        assert_ne!(stem.message(), stem.before().message());
        assert_eq!(stem.otid(0), stem.before().otid(0));
    }

    #[test]
    fn fixed_ids_are_uuid4_and_differ() {
        assert_eq!(fixed("a"), fixed("a"));
        assert_ne!(fixed("a"), fixed("b"));
        assert!(is_well_formed("agent", &format!("agent-{}", fixed("Ibrahim"))));
        assert!(!is_well_formed("agent", "nonsense"));
    }
}
