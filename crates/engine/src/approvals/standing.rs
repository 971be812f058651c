//! How a request stands: the order of its arguments by the tool's schema, how such calls were decided before, where it would run.
//! From the server's list of tools, kept for when it is away, and from our own log; never from what the model wrote.

use std::time::Duration;

use letta::ToolHome;
use model::{AgentId, ConversationId, Failure, Item, ProfileId, RunsWhere, Standing, ToolCallId};
use tokio::time::Instant;

use crate::{
    conversation::{self, Asks, Input},
    house::House,
    store::ListedTool,
};

/// The card does not wait longer for the server's list of tools.
const PATIENCE: Duration = Duration::from_secs(4);
/// A list that was read within this time is not read again.
const FRESH: Duration = Duration::from_secs(60);

/// How a call of a conversation stands.
pub(crate) async fn of(
    house: &std::sync::Arc<House>,
    conversation: &ConversationId,
    call: ToolCallId,
) -> Result<Standing, Failure> {
    let asked = conversation::tell(house, conversation, |reply| Input::Asks { call, reply });
    let Asks { profile, agent, tool } = asked.await?;
    let Some(agent) = agent else { return Ok(Standing::default()) };
    let tools = tools(house, &profile, &agent, &tool).await;
    Ok(known(house, &profile, &agent, &tool, tools).await)
}

/// The same for a saved item, without asking any server.
pub(super) async fn saved(house: &House, profile: &ProfileId, agent: Option<&AgentId>, item: &Item) -> Standing {
    let agent = agent.or_else(|| item.speaker()?.id.as_ref());
    let (Some(agent), Some(call)) = (agent, item.tool()) else { return Standing::default() };
    let tools = house.store.tool_list(profile, agent).await.ok().flatten();
    known(house, profile, agent, &call.name, tools).await
}

async fn known(
    house: &House,
    profile: &ProfileId,
    agent: &AgentId,
    tool: &str,
    tools: Option<Vec<ListedTool>>,
) -> Standing {
    let before = house.store.decided_before(profile, agent, tool).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "how it was decided before is not known");
        None
    });
    // Servers that do not know the question answer it with an empty list: that tells nothing.
    let Some(tools) = tools.filter(|tools| !tools.is_empty()) else {
        return Standing { before, ..Standing::default() };
    };
    let Some(listed) = tools.into_iter().find(|listed| listed.name == tool) else {
        return Standing { before, runs_where: RunsWhere::Unlisted, ..Standing::default() };
    };
    let name = house.profiles.get(profile).map(|profile| profile.name).unwrap_or_default();
    let runs_where =
        if listed.mcp { RunsWhere::Mcp { name, program: listed.program } } else { RunsWhere::Server { name } };
    Standing { order: listed.arguments, before, runs_where }
}

/// The tools of an agent: as the server tells them if it is in reach, else as it told them last; none: never told. A list that
/// lacks the tool in question is read again.
async fn tools(house: &House, profile: &ProfileId, agent: &AgentId, tool: &str) -> Option<Vec<ListedTool>> {
    let kept = house.store.tool_list(profile, agent).await.ok().flatten();
    let read = house.approvals.read.lock().get(&(profile.clone(), agent.clone())).copied();
    let fresh = read.is_some_and(|read| read.elapsed() < FRESH);
    let has_it = kept.iter().flatten().any(|listed| listed.name == tool);
    if (fresh && has_it) || !house.profiles.is_reached(profile) {
        return kept;
    }
    match tokio::time::timeout(PATIENCE, read_again(house, profile, agent)).await {
        Ok(Some(listed)) => Some(listed),
        Ok(None) | Err(_) => kept,
    }
}

/// Reads an agent's tools at the server and keeps them. None: they could not be read.
pub(crate) async fn read_again(house: &House, profile: &ProfileId, agent: &AgentId) -> Option<Vec<ListedTool>> {
    let client = house.profiles.client(profile).ok()?;
    let tools = match client.tools(agent).await {
        Ok(tools) => tools?,
        Err(error) => {
            tracing::info!(%agent, %error, "the tools were not read");
            return None;
        }
    };
    let listed: Vec<ListedTool> = tools.into_iter().map(listed).collect();
    if let Err(error) = house.store.put_tool_list(profile, agent, listed.clone(), house.clock.now()).await {
        tracing::warn!(%agent, %error, "the tools are not kept");
    }
    house.approvals.read.lock().insert((profile.clone(), agent.clone()), Instant::now());
    Some(listed)
}

fn listed(tool: letta::Tool) -> ListedTool {
    let (mcp, program) = match tool.home {
        ToolHome::Server => (false, None),
        ToolHome::Mcp(program) => (true, program),
    };
    ListedTool { name: tool.name, arguments: tool.arguments, mcp, program }
}
