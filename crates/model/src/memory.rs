//! Memory that members of a table or group have in common, as their servers have it now. It is read here and never written: agents
//! change it themselves.

use serde::{Deserialize, Serialize};

use crate::AgentId;

/// What members have in common. Reply to [`crate::command::SharedMemoryOf`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedMemory {
    /// Blocks that two members or more have.
    pub blocks: Vec<SharedBlock>,
    /// Servers that were not asked, or did not answer: what their agents share is not among the blocks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untold: Vec<Untold>,
}

/// A block of memory that several members have: what one of them writes into it, all of them know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedBlock {
    /// Its label, as models name it.
    pub label: String,
    /// How it begins: [`SharedBlock::BEGINNING`] letters at most.
    pub text: String,
    /// Letters in it.
    pub used: u64,
    /// Letters it has room for, where its server tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Members who have it, in their order at the table.
    pub members: Vec<AgentId>,
    /// The same by name.
    pub names: Vec<String>,
    /// The server that has it, where members are of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
}

impl SharedBlock {
    /// Letters of a block that are shown.
    pub const BEGINNING: usize = 600;

    /// Letters that still fit, once nine tenths of its room are taken; none before, or where its room is not known.
    pub fn nearly_full(&self) -> Option<u64> {
        let limit = self.limit.filter(|limit| *limit > 0)?;
        (self.used.saturating_mul(10) >= limit.saturating_mul(9)).then(|| limit.saturating_sub(self.used))
    }

    /// How much of its room is taken, 0 to 100; none where its room is not known.
    pub fn percent(&self) -> Option<u8> {
        let limit = self.limit.filter(|limit| *limit > 0)?;
        u8::try_from((self.used.saturating_mul(100) / limit).min(100)).ok()
    }
}

/// A server that did not tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untold {
    /// Its name.
    pub server: String,
    /// Why, in the user's words.
    pub why: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(used: u64, limit: Option<u64>) -> SharedBlock {
        let (label, text) = ("notes".to_owned(), String::new());
        SharedBlock { label, text, used, limit, members: vec![], names: vec![], server: None }
    }

    #[test]
    fn a_block_is_nearly_full_from_nine_tenths_on() {
        assert_eq!(block(4_499, Some(5_000)).nearly_full(), None);
        assert_eq!(block(4_500, Some(5_000)).nearly_full(), Some(500));
        assert_eq!(block(4_710, Some(5_000)).nearly_full(), Some(290));
        assert_eq!(block(5_000, Some(5_000)).nearly_full(), Some(0));
        assert_eq!(block(5_200, Some(5_000)).nearly_full(), Some(0), "a limit that was lowered afterwards");
        assert_eq!(block(9, Some(0)).nearly_full(), None);
        assert_eq!(block(9, None).nearly_full(), None);
    }

    #[test]
    fn what_is_taken_is_at_most_all_of_it() {
        assert_eq!(block(4_710, Some(5_000)).percent(), Some(94));
        assert_eq!(block(5_200, Some(5_000)).percent(), Some(100));
        assert_eq!(block(1, None).percent(), None);
    }
}
