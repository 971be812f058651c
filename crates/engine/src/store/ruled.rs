//! What is asked of both databases about requests: the log of decisions, which tools an agent has, and what waits anywhere.

use model::{AgentId, Before, ConversationId, LogLine, LogPage, Outcome, ProfileId, ToolCallId};
use rusqlite::Connection;

use super::{
    ListedTool, LogQuestion, LoggedDecision, SavedRequest, Store, StoreError, Which, Write, decisions, tool_lists,
    waiting,
};

impl Store {
    /// Writes a decision into the log. Before it is sent; if this fails, it must not be sent. It is never kept for later.
    pub async fn log_decision(&self, decision: &LoggedDecision) -> Result<(), StoreError> {
        self.write(Write::Decision(Box::new(decision.clone()))).await
    }

    /// What became of the newest decision on a call ([`super::SENT`], or why not). Does not wait; it is written before any decision
    /// that is logged after it, so that it is that line that is settled.
    pub fn settle_decision(&self, of: &ConversationId, tool_call: &ToolCallId, outcome: &str, at: i64) {
        let (conversation, tool_call, outcome) = (of.clone(), tool_call.clone(), outcome.to_owned());
        self.write_later(Write::Settled { conversation, tool_call, outcome, at });
    }

    /// The tool of an approved call came back. Nothing is written twice, or for a call that was not approved here. Does not wait.
    pub fn came_back(&self, of: &ConversationId, tool_call: &ToolCallId, outcome: Outcome) {
        self.write_later(Write::CameBack { conversation: of.clone(), tool_call: tool_call.clone(), outcome });
    }

    /// The approved calls of a conversation that have not come back, as far as the log knows.
    pub async fn not_back(&self, of: &ConversationId) -> Result<Vec<ToolCallId>, StoreError> {
        let of = of.clone();
        self.read_log("read the log of decisions", move |from| decisions::open(from, &of)).await
    }

    /// The newest decision on a call.
    pub async fn logged_decision(
        &self,
        of: &ConversationId,
        tool_call: &ToolCallId,
    ) -> Result<Option<LogLine>, StoreError> {
        let (of, tool_call) = (of.clone(), tool_call.clone());
        self.read_log("read the decision", move |from| decisions::newest(from, &of, &tool_call)).await
    }

    /// How an agent's calls of a tool were decided before, as far as the server took the decisions.
    pub async fn decided_before(
        &self,
        profile: &ProfileId,
        agent: &AgentId,
        tool: &str,
    ) -> Result<Option<Before>, StoreError> {
        let (profile, agent, tool) = (profile.clone(), agent.clone(), tool.to_owned());
        let doing = "read the log of decisions";
        self.read_log(doing, move |from| decisions::before(from, &profile, &agent, &tool)).await
    }

    /// A page of the log of decisions, newest first.
    pub async fn decision_log(&self, question: LogQuestion) -> Result<LogPage, StoreError> {
        self.read_log("read the log of decisions", move |from| decisions::page(from, &question)).await
    }

    /// Asks the log. What became of a decision is written without waiting: whoever reads sees it all the same, however slow the disk.
    async fn read_log<T: Send + 'static>(
        &self,
        doing: &'static str,
        question: impl Fn(&Connection) -> rusqlite::Result<T> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        self.written().await;
        self.read(Which::Ours, doing, question).await
    }

    /// The tools of an agent as its server told them last; none: never.
    pub async fn tool_list(&self, profile: &ProfileId, agent: &AgentId) -> Result<Option<Vec<ListedTool>>, StoreError> {
        let (profile, agent) = (profile.clone(), agent.clone());
        self.read(Which::Cache, "read the list of tools", move |from| tool_lists::get(from, &profile, &agent)).await
    }

    /// The tools of an agent as its server tells them now.
    pub async fn put_tool_list(
        &self,
        profile: &ProfileId,
        agent: &AgentId,
        tools: Vec<ListedTool>,
        at: i64,
    ) -> Result<(), StoreError> {
        self.write(Write::ToolList { profile: profile.clone(), agent: agent.clone(), tools, at }).await
    }

    /// The requests of a server that wait for a decision, or whose decision is not confirmed, oldest first.
    pub async fn waiting(&self, profile: &ProfileId) -> Result<Vec<SavedRequest>, StoreError> {
        let profile = profile.clone();
        self.read(Which::Cache, "read what waits", move |from| waiting::list(from, &profile)).await
    }
}
