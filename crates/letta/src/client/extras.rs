//! What a request that sends something may say beside its words: every option of the wire, each left to the server where nothing is
//! chosen (openapi 0.16.8, `LettaStreamingRequest` and `ConversationMessageRequest`). How finely answers come is `Mode`.

use serde::Serialize;
use serde_json::Value;

/// The options of a request. The default leaves all to the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Extras {
    /// At most so many model calls; the server's own limit is 50.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_steps: Option<u32>,
    /// Only these kinds of messages come, by `message_type`.
    #[serde(rename = "include_return_message_types", skip_serializing_if = "Option::is_none")]
    pub return_types: Option<Vec<String>>,
    /// Tools that run here: a call of one comes as a request for approval (0.16.x).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub client_tools: Vec<ClientTool>,
    /// Another model for this once, by its handle (0.16.x).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub override_model: Option<String>,
    /// Another system prompt for this once (0.16.x).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub override_system: Option<String>,
    /// A compaction comes as `event_message` and `summary_message` rather than as a user's message (0.16.x).
    #[serde(rename = "include_compaction_messages", skip_serializing_if = "Option::is_none")]
    pub compaction_messages: Option<bool>,
    /// The model thinks before it speaks. A word on the wire, not a truth value.
    #[serde(rename = "enable_thinking", skip_serializing_if = "Option::is_none", serialize_with = "word")]
    pub thinking: Option<bool>,
    /// Calls of the message tool come as words of the assistant; only agents older than `letta_v1_agent` have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_assistant_message: Option<bool>,
    /// The name of that tool, where it is not `send_message`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assistant_message_tool_name: Option<String>,
    /// The argument of it that holds the words, where it is not `message`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assistant_message_tool_kwarg: Option<String>,
    /// Log probabilities of the answer's tokens, with so many of the likeliest ones each (0 to 20; OpenAI's way only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_logprobs: Option<u8>,
    /// Whether log probabilities come at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_logprobs: Option<bool>,
    /// Ids of the tokens come too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_token_ids: Option<bool>,
}

/// A tool that runs on this side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClientTool {
    /// As the model calls it.
    pub name: String,
    /// What it does, for the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// JSON Schema of its arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
}

impl Extras {
    /// Puts what is chosen into the body of a request.
    pub(super) fn put_into(&self, body: &mut Value) {
        let Ok(Value::Object(chosen)) = serde_json::to_value(self) else { return };
        if let Some(body) = body.as_object_mut() {
            body.extend(chosen);
        }
    }
}

/// `enable_thinking` is text on the wire (openapi 0.16.8: default `"True"`).
fn word<S: serde::Serializer>(thinking: &Option<bool>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(if thinking.unwrap_or(true) { "True" } else { "False" })
}
