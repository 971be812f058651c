//! The memory blocks of an agent. A block may belong to several agents of its server: it has the same id at each of them. Nothing is
//! written here: agents keep their memory themselves.

use model::AgentId;
use serde::Deserialize;

use super::{
    Client,
    lists::{or_default, segment},
};
use crate::Error;

/// More than any agent has; 0.16.8 gives 100 where nothing is asked for, 0.11.7 gives all.
const MOST: &str = "1000";

/// A block of an agent's memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Letta's `block-…`.
    pub id: String,
    /// As models name it, e.g. `human`; may be empty.
    pub label: String,
    /// What is in it.
    pub value: String,
    /// Letters it has room for, where told.
    pub limit: Option<u64>,
    /// Hidden by its maker.
    pub hidden: bool,
}

impl Client {
    /// The memory blocks of an agent, in the order in which they were made where the server has one (recordings 0.11.7/agent-blocks,
    /// 0.16.8/agent-blocks).
    pub async fn blocks(&self, agent: &AgentId) -> Result<Vec<Block>, Error> {
        let path = format!("v1/agents/{}/core-memory/blocks", segment(agent.as_str()));
        let wires: Vec<WireBlock> = self.get(&path, &[("limit", MOST), ("order", "asc")]).await?;
        Ok(wires.into_iter().map(Block::from).collect())
    }
}

#[derive(Deserialize)]
struct WireBlock {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    label: String,
    #[serde(default, deserialize_with = "or_default")]
    value: String,
    #[serde(default)]
    limit: Option<u64>,
    /// 0.11.7 does not have it.
    #[serde(default, deserialize_with = "or_default")]
    hidden: bool,
}

impl From<WireBlock> for Block {
    fn from(wire: WireBlock) -> Self {
        let WireBlock { id, label, value, limit, hidden } = wire;
        Self { id, label, value, limit, hidden }
    }
}
