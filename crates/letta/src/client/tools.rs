//! The tools of an agent, as far as a person who decides about a call needs them: which there are, where they run, and the order
//! in which their schema names the arguments. What a call does is `timeline`.

use model::AgentId;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{Client, lists::or_default, lists::segment};
use crate::Error;

/// A tool that an agent may call on its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// As calls name it.
    pub name: String,
    /// The names of its arguments in the order of its schema; empty where the schema tells none.
    pub arguments: Vec<String>,
    /// Where it runs.
    pub home: ToolHome,
    /// The server asks before it runs it, by the tool's own setting or by a rule of the agent.
    pub asks: bool,
}

/// Where a tool runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolHome {
    /// On the Letta server.
    Server,
    /// In another program that the server calls (`external_mcp`), by the server's name for it where given.
    Mcp(Option<String>),
}

impl Client {
    /// The tools of an agent. None: this server does not tell them with the agent.
    pub async fn tools(&self, agent: &AgentId) -> Result<Option<Vec<Tool>>, Error> {
        let path = format!("v1/agents/{}", segment(agent.as_str()));
        // 0.11.7 knows no `include` and gives them anyway (0.11.7/agent-get).
        let wire: WireTools = self.get(&path, &[("include", "agent.tools")]).await?;
        Ok(wire.into_tools())
    }
}

#[derive(Deserialize)]
struct WireTools {
    #[serde(default)]
    tools: Option<Vec<Box<RawValue>>>,
    #[serde(default, deserialize_with = "or_default")]
    tool_rules: Vec<WireRule>,
}

#[derive(Default, Deserialize)]
struct WireRule {
    #[serde(default, rename = "type", deserialize_with = "or_default")]
    kind: String,
    #[serde(default, deserialize_with = "or_default")]
    tool_name: String,
}

#[derive(Deserialize)]
struct WireTool {
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    tool_type: String,
    #[serde(default, deserialize_with = "or_default")]
    tags: Vec<String>,
    #[serde(default)]
    json_schema: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "or_default")]
    default_requires_approval: bool,
}

#[derive(Deserialize)]
struct WireSchema {
    #[serde(default)]
    parameters: Option<WireParameters>,
}

#[derive(Deserialize)]
struct WireParameters {
    #[serde(default)]
    properties: Option<Names>,
}

impl WireTools {
    fn into_tools(self) -> Option<Vec<Tool>> {
        let rules = self.tool_rules;
        let asks = |name: &str| rules.iter().any(|rule| rule.kind == "requires_approval" && rule.tool_name == name);
        let tools = self.tools?;
        // One tool that is not understood does not cost the others.
        let tools = tools.iter().filter_map(|raw| serde_json::from_str::<WireTool>(raw.get()).ok());
        Some(
            tools
                .map(|wire| Tool { asks: wire.default_requires_approval || asks(&wire.name), ..wire.into() })
                .collect(),
        )
    }
}

impl From<WireTool> for Tool {
    fn from(wire: WireTool) -> Self {
        // Letta tags a tool of an MCP server with `mcp:` and that server's name.
        let program = || wire.tags.iter().find_map(|tag| tag.strip_prefix("mcp:")).map(str::to_owned);
        let home = if wire.tool_type == "external_mcp" { ToolHome::Mcp(program()) } else { ToolHome::Server };
        let schema = wire.json_schema.and_then(|raw| serde_json::from_str::<WireSchema>(raw.get()).ok());
        let names = schema.and_then(|schema| schema.parameters?.properties);
        Self {
            name: wire.name,
            arguments: names.map(|names| names.0).unwrap_or_default(),
            home,
            asks: wire.default_requires_approval,
        }
    }
}

/// The keys of an object in the order in which they stand in the document: no map keeps it, so none is made.
struct Names(Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;

        impl<'de> Visitor<'de> for Keys {
            type Value = Names;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
                let mut names = Vec::new();
                while let Some((name, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                Ok(Names(names))
            }
        }

        deserializer.deserialize_map(Keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tools(json: &str) -> Option<Vec<Tool>> {
        serde_json::from_str::<WireTools>(json).unwrap().into_tools()
    }

    #[test]
    fn arguments_stand_in_the_order_of_the_document_not_of_the_alphabet() {
        let json = r#"{"tools":[{"name":"send_letter","tool_type":"custom","tags":[],"default_requires_approval":true,
            "json_schema":{"name":"send_letter","parameters":{"type":"object","properties":
                {"to":{"type":"string"},"copies":{"type":"integer","properties":{"z":1,"a":2}},"by":{},"at":{}},"required":["to"]}}}]}"#;
        let tools = tools(json).unwrap();
        assert_eq!(tools[0].arguments, ["to", "copies", "by", "at"]);
        assert_eq!((tools[0].home.clone(), tools[0].asks), (ToolHome::Server, true));
    }

    #[test]
    fn what_the_server_does_not_tell_is_not_known() {
        assert_eq!(tools("{}"), None);
        assert_eq!(tools(r#"{"tools":null}"#), None);
        assert_eq!(tools(r#"{"tools":[]}"#), Some(Vec::new()));
    }

    #[test]
    fn one_broken_tool_does_not_cost_the_others() {
        let json = r#"{"tools":[17,{"name":"odd","json_schema":{"parameters":[]}},{"name":"bare","json_schema":null},
            {"name":"far","tool_type":"external_mcp","tags":["x","mcp:files"],"json_schema":{"parameters":{"properties":{"b":{},"a":{}}}}}],
            "tool_rules":[{"type":"requires_approval","tool_name":"bare"},{"type":"run_first","tool_name":"odd"}]}"#;
        let tools = tools(json).unwrap();
        let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_str()).collect();
        assert_eq!(names, ["odd", "bare", "far"]);
        assert_eq!(tools.iter().map(|tool| tool.asks).collect::<Vec<_>>(), [false, true, false]);
        assert_eq!(tools[2].arguments, ["b", "a"]);
        assert_eq!(tools[2].home, ToolHome::Mcp(Some("files".to_owned())));
        assert!(tools[0].arguments.is_empty() && tools[1].arguments.is_empty());
    }
}
