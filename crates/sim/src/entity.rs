//! Agents, groups and runs as JSON, with the fields of the recordings.

use serde::Serialize;
use serde_json::{Value, json, value::RawValue};

use crate::{
    ids,
    wire::Message,
    world::{Agent, Block, Conversation, Group, Run, Tool},
};

const OWNER: &str = "user-00000000-0000-4000-8000-000000000000";

/// What an agent of ours never has.
const AGENT_NULLS: [&str; 16] = [
    "embedding_config",
    "embedding",
    "model_settings",
    "compaction_settings",
    "response_format",
    "project_id",
    "template_id",
    "base_template_id",
    "deployment_id",
    "entity_id",
    "enable_sleeptime",
    "multi_agent_group",
    "managed_group",
    "last_run_completion",
    "last_run_duration_ms",
    "hidden",
];

/// Recording 0.16.8/agents-list. `pending` is null unless asked for with `include=agent.pending_approval`; that the last run
/// waits is told in any case.
pub(crate) fn agent(
    agent: &Agent,
    message_ids: Vec<&str>,
    pending: Option<&Message>,
    waits: bool,
    tools: bool,
) -> AgentEntity {
    let mut value = json!({
        "created_by_id": OWNER,
        "last_updated_by_id": OWNER,
        "created_at": ids::created(agent.created),
        "updated_at": ids::created(agent.updated),
        "id": agent.id,
        "name": agent.name,
        // Rules would make a careful client of 0.11.7 give up token streaming, where approvals get lost there; not so here.
        "tool_rules": [],
        "message_ids": message_ids,
        "system": "Scripted answers, no model.",
        "agent_type": "letta_v1_agent",
        "llm_config": {
            "model": "scripted",
            "model_endpoint_type": "openai",
            "model_endpoint": null,
            "provider_name": "sim",
            "provider_category": "base",
            "context_window": 30000,
            "handle": "sim/scripted",
            "temperature": 1.0,
            "max_tokens": 16384,
        },
        "model": "sim/scripted",
        "description": agent.description,
        "metadata": agent.role.as_ref().map(|role| json!({"role": role})),
        "memory": {"agent_type": "letta_v1_agent", "git_enabled": false, "blocks": [], "file_blocks": [], "prompt_template": ""},
        "blocks": [],
        "sources": [],
        "tags": [],
        "tool_exec_environment_variables": [],
        "secrets": [],
        "identity_ids": [],
        "identities": [],
        "pending_approval": pending,
        "message_buffer_autoclear": false,
        "last_stop_reason": if waits { "requires_approval" } else { "end_turn" },
        "timezone": "UTC",
        "max_files_open": 5,
        "per_file_view_window_char_limit": 15000,
    });
    add_nulls(&mut value, &AGENT_NULLS);
    AgentEntity { fields: value, tools: if tools { agent.tools.iter().map(tool).collect() } else { Vec::new() } }
}

/// An agent as sent. Its tools stand apart, because a map would forget in which order the properties of a schema were written.
#[derive(Debug, Serialize)]
pub(crate) struct AgentEntity {
    #[serde(flatten)]
    fields: Value,
    tools: Vec<ToolEntity>,
}

impl AgentEntity {
    /// Leaves a field out.
    pub(crate) fn forget(&mut self, field: &str) {
        if let Some(fields) = self.fields.as_object_mut() {
            fields.remove(field);
        }
    }
}

/// Recording 0.16.8/agents-list-include.
#[derive(Debug, Serialize)]
pub(crate) struct ToolEntity {
    id: String,
    name: String,
    json_schema: ToolSchema,
    #[serde(flatten)]
    more: Value,
}

#[derive(Debug, Serialize)]
struct ToolSchema {
    name: String,
    description: String,
    parameters: Box<RawValue>,
}

pub(crate) fn tool(tool: &Tool) -> ToolEntity {
    let description = format!("The tool {}.", tool.name);
    let more = json!({
        "tool_type": "custom",
        "description": description,
        "source_type": "python",
        "tags": [],
        "source_code": null,
        "args_json_schema": {},
        "return_char_limit": 50000,
        "pip_requirements": null,
        "npm_requirements": null,
        "default_requires_approval": tool.asks.then_some(true),
        "enable_parallel_execution": false,
        "created_by_id": OWNER,
        "last_updated_by_id": OWNER,
        "metadata_": {},
        "project_id": null,
    });
    ToolEntity {
        id: format!("tool-{}", ids::fixed(&format!("tool {}", tool.name))),
        name: tool.name.clone(),
        json_schema: ToolSchema { name: tool.name.clone(), description, parameters: tool.parameters.clone() },
        more,
    }
}

/// Recordings 0.11.7/agent-blocks and 0.16.8/agent-blocks.
pub(crate) fn block(block: &Block, old: bool) -> Value {
    let mut value = json!({
        "value": block.value,
        "limit": block.limit,
        "is_template": false,
        "preserve_on_migration": false,
        "label": block.label,
        "description": null,
        "read_only": false,
        "metadata": {},
        "id": block.id,
    });
    let nulls = ["project_id", "base_template_id", "deployment_id", "entity_id", "created_by_id", "last_updated_by_id"];
    add_nulls(&mut value, &nulls);
    if old {
        add_nulls(&mut value, &["name"]);
        return value;
    }
    add_nulls(&mut value, &["template_name", "template_id", "hidden"]);
    value["tags"] = json!([]);
    value
}

/// Fields that are there and null.
pub(crate) fn add_nulls(value: &mut Value, names: &[&str]) {
    if let Some(fields) = value.as_object_mut() {
        fields.extend(names.iter().map(|name| ((*name).to_owned(), Value::Null)));
    }
}

/// Recordings 0.11.7/group-get, group-create-dynamic, group-create-sleeptime and, with `hidden`, 0.16.8/groups-list.
pub(crate) fn group(group: &Group, hidden: bool) -> Value {
    let mut value = json!({
        "id": group.id,
        "manager_type": group.kind,
        "agent_ids": group.members,
        "description": group.description,
        "project_id": null,
        "template_id": null,
        "base_template_id": null,
        "deployment_id": null,
        "shared_block_ids": [],
        "manager_agent_id": group.manager,
        "termination_token": group.token,
        "max_turns": group.max_turns,
        "sleeptime_agent_frequency": group.frequency,
        "turns_counter": group.frequency.map(|_| -1),
        "last_processed_message_id": null,
        "max_message_buffer_length": null,
        "min_message_buffer_length": null,
    });
    if hidden {
        add_nulls(&mut value, &["hidden"]);
    }
    value
}

/// Recordings 0.16.8/conversation-create, conversation-get.
pub(crate) fn conversation(conversation: &Conversation, message_ids: Vec<&str>) -> Value {
    json!({
        "created_by_id": OWNER,
        "last_updated_by_id": OWNER,
        "created_at": ids::created(conversation.created),
        "updated_at": ids::created(conversation.updated),
        "id": conversation.id,
        "agent_id": conversation.agent,
        "summary": conversation.summary,
        "in_context_message_ids": message_ids,
        "isolated_block_ids": [],
        "model": null,
        "model_settings": null,
        "last_message_at": conversation.last_message.map(ids::created),
    })
}

/// Recordings 0.16.8/run, run-while-running and runs.
pub(crate) fn run(run: &Run) -> Value {
    let mut metadata = json!({"run_type": "send_message_streaming"});
    if let (Some(error), Some(fields)) = (&run.error, metadata.as_object_mut()) {
        fields.insert("error".to_owned(), json!(error));
    }
    json!({
        "id": run.id,
        "status": run.status.word(),
        "created_at": ids::created(run.created),
        "completed_at": run.completed.map(ids::completed),
        "agent_id": run.agents.first(),
        "conversation_id": run.place.conversation(),
        "base_template_id": null,
        "background": run.background,
        "metadata": metadata,
        "request_config": {
            "use_assistant_message": true,
            "assistant_message_tool_name": "send_message",
            "assistant_message_tool_kwarg": "message",
            "include_return_message_types": null,
        },
        "stop_reason": run.stop_reason,
        "callback_url": null,
        "callback_sent_at": null,
        "callback_status_code": null,
        "callback_error": null,
        "ttft_ns": null,
        "total_duration_ns": null,
    })
}
