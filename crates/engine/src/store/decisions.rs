//! Table `decisions` of ours: the log of what was asked, what the user decided and what came of it. A line is written before the
//! decision is sent, settled when the server has answered, and completed when the tool comes back. Nothing is ever taken out of it
//! but with its server.

use model::{
    AboutTool, AgentId, Before, ConversationId, Delivery, LogLine, LogPage, Outcome, ProfileId, Ruling, Speaker,
    ToolCallId,
};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::conversations::filled;

/// `arguments` are the exact bytes that were shown.
pub(super) const V1: &str = "
CREATE TABLE decisions (
    id INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL DEFAULT '',
    tool_call TEXT NOT NULL DEFAULT '',
    tool TEXT NOT NULL DEFAULT '',
    arguments TEXT NOT NULL DEFAULT '',
    approve INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    at INTEGER NOT NULL DEFAULT 0,
    outcome TEXT NOT NULL DEFAULT '',
    outcome_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX decisions_by_call ON decisions (conversation, tool_call, id);
";

/// `outcome` is `sent`, or why it was not; empty: not known. `result` is 1 or 0 as the tool said, -1 while nothing came back.
/// `sought` is what a search looks through: lower case, without what cannot be seen.
pub(super) const V2: &str = "
ALTER TABLE decisions ADD COLUMN profile TEXT NOT NULL DEFAULT '';
ALTER TABLE decisions ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE decisions ADD COLUMN speaker TEXT NOT NULL DEFAULT '';
ALTER TABLE decisions ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE decisions ADD COLUMN ruling TEXT NOT NULL DEFAULT '';
ALTER TABLE decisions ADD COLUMN result INTEGER NOT NULL DEFAULT -1;
ALTER TABLE decisions ADD COLUMN result_text TEXT NOT NULL DEFAULT '';
ALTER TABLE decisions ADD COLUMN result_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE decisions ADD COLUMN sought TEXT NOT NULL DEFAULT '';
UPDATE decisions SET profile = substr(conversation, 1, instr(conversation, '/') - 1),
    agent = CASE WHEN conversation LIKE '%/agent-%' THEN substr(conversation, instr(conversation, '/') + 1) ELSE '' END,
    ruling = CASE approve WHEN 1 THEN 'approved' ELSE 'denied' END,
    sought = lower(tool || ' ' || arguments || ' ' || reason);
CREATE INDEX decisions_by_profile ON decisions (profile, id);
CREATE INDEX decisions_by_tool ON decisions (profile, agent, tool, id);
";

/// What a settled line says when the server took the decision.
pub const SENT: &str = "sent";

/// Letters of a tool's return that are kept.
const RESULT: usize = 400;

/// A decision to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedDecision {
    /// Where.
    pub conversation: ConversationId,
    /// The conversation's title now.
    pub title: String,
    /// Who asks, as far as known.
    pub speaker: Speaker,
    /// On which call.
    pub tool_call: ToolCallId,
    /// The tool's name as shown.
    pub tool: String,
    /// The arguments as shown, byte for byte.
    pub arguments: String,
    /// What was decided.
    pub ruling: Ruling,
    /// When it was decided, in milliseconds since 1970 UTC.
    pub at: i64,
}

const PUT: &str = "INSERT INTO decisions (conversation, profile, title, agent, speaker, tool_call, tool, arguments, approve,
        ruling, reason, at, sought)
    VALUES (:conversation, :profile, :title, :agent, :speaker, :tool_call, :tool, :arguments, :approve, :ruling, :reason,
        :at, :sought)";

/// A new line.
pub(super) fn put(connection: &Connection, decision: &LoggedDecision) -> rusqlite::Result<()> {
    let (ruling, reason) = columns(&decision.ruling);
    let sought = [&decision.tool, &decision.arguments, reason, &decision.title, &decision.speaker.name].map(sought);
    connection.prepare_cached(PUT)?.execute(named_params! {
        ":conversation": decision.conversation.as_str(), ":profile": profile(&decision.conversation),
        ":title": decision.title, ":agent": decision.speaker.id.as_ref().map_or("", |id| id.as_str()),
        ":speaker": decision.speaker.name, ":tool_call": decision.tool_call.as_str(), ":tool": decision.tool,
        ":arguments": decision.arguments, ":approve": decision.ruling == Ruling::Approved, ":ruling": ruling,
        ":reason": reason, ":at": decision.at, ":sought": sought.join(" "),
    })?;
    Ok(())
}

const SETTLE: &str = "UPDATE decisions SET outcome = ?3, outcome_at = ?4 WHERE id =
    (SELECT id FROM decisions WHERE conversation = ?1 AND tool_call = ?2 ORDER BY id DESC LIMIT 1)";

/// What became of the newest decision on a call.
pub(super) fn settle(
    connection: &Connection,
    conversation: &ConversationId,
    tool_call: &ToolCallId,
    outcome: &str,
    at: i64,
) -> rusqlite::Result<()> {
    connection.prepare_cached(SETTLE)?.execute((conversation.as_str(), tool_call.as_str(), outcome, at))?;
    Ok(())
}

const COMPLETE: &str = "UPDATE decisions SET result = :ok, result_text = :text, result_at = :at,
        outcome = 'sent', outcome_at = CASE outcome WHEN 'sent' THEN outcome_at ELSE :at END
    WHERE result = -1 AND id = (SELECT id FROM decisions WHERE conversation = :conversation AND tool_call = :tool_call
        AND ruling = 'approved' ORDER BY id DESC LIMIT 1)";

/// The tool of an approved call came back; so the server took the decision, whatever was known of that. Once only.
pub(super) fn complete(
    connection: &Connection,
    conversation: &ConversationId,
    tool_call: &ToolCallId,
    outcome: &Outcome,
) -> rusqlite::Result<()> {
    let text: String = outcome.text.chars().take(RESULT).collect();
    connection.prepare_cached(COMPLETE)?.execute(named_params! {
        ":conversation": conversation.as_str(), ":tool_call": tool_call.as_str(), ":ok": outcome.ok, ":text": text,
        ":at": outcome.at,
    })?;
    Ok(())
}

pub(super) const OPEN: &str = "SELECT DISTINCT tool_call FROM decisions
    WHERE conversation = ?1 AND ruling = 'approved' AND result = -1";

/// The approved calls of a conversation that have not come back, as far as the log knows.
pub(super) fn open(connection: &Connection, conversation: &ConversationId) -> rusqlite::Result<Vec<ToolCallId>> {
    connection
        .prepare_cached(OPEN)?
        .query_map([conversation.as_str()], |row| Ok(row.get::<_, String>(0)?.into()))?
        .collect()
}

pub(super) const BEFORE: &str = "SELECT count(*) FILTER (WHERE ruling = 'approved'),
        count(*) FILTER (WHERE ruling = 'denied'), max(at)
    FROM decisions WHERE profile = ?1 AND agent = ?2 AND tool = ?3 AND outcome = 'sent'
        AND ruling IN ('approved', 'denied')";
pub(super) const LAST: &str = "SELECT ruling = 'approved' FROM decisions
    WHERE profile = ?1 AND agent = ?2 AND tool = ?3 AND outcome = 'sent' AND ruling IN ('approved', 'denied')
    ORDER BY id DESC LIMIT 1";

/// How an agent's calls of a tool were decided before; none: never.
pub(super) fn before(
    connection: &Connection,
    profile: &ProfileId,
    agent: &AgentId,
    tool: &str,
) -> rusqlite::Result<Option<Before>> {
    let about = (profile.as_str(), agent.as_str(), tool);
    let last_approved = connection.prepare_cached(LAST)?.query_row(about, |row| row.get(0)).optional()?;
    let Some(last_approved) = last_approved else { return Ok(None) };
    connection.prepare_cached(BEFORE)?.query_row(about, |row| {
        Ok(Some(Before { approved: row.get(0)?, denied: row.get(1)?, last_at: row.get(2)?, last_approved }))
    })
}

const NEWEST: &str = "SELECT id, conversation, title, agent, speaker, tool_call, tool, arguments, ruling, reason, at,
        outcome, result, result_text, result_at
    FROM decisions WHERE conversation = ?1 AND tool_call = ?2 ORDER BY id DESC LIMIT 1";

/// The newest decision on a call.
pub(super) fn newest(
    connection: &Connection,
    conversation: &ConversationId,
    tool_call: &ToolCallId,
) -> rusqlite::Result<Option<LogLine>> {
    connection.prepare_cached(NEWEST)?.query_row([conversation.as_str(), tool_call.as_str()], read).optional()
}

/// What is asked of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogQuestion {
    /// Whose.
    pub profile: ProfileId,
    /// Words that a line holds, all of them.
    pub words: String,
    /// Only this tool.
    pub about: Option<AboutTool>,
    /// Only lines older than this number.
    pub before: Option<i64>,
    /// At most this many.
    pub limit: u32,
}

pub(super) const PAGE: &str =
    "SELECT id, conversation, title, agent, speaker, tool_call, tool, arguments, ruling, reason,
        at, outcome, result, result_text, result_at, sought
    FROM decisions WHERE profile = :profile AND id < :before
        AND (:tool = '' OR tool = :tool) AND (:agent = '' OR agent = :agent)
    ORDER BY id DESC";

/// A page of the log, newest first. Lines are looked through one by one: a person decides some thousands in a life.
pub(super) fn page(connection: &Connection, question: &LogQuestion) -> rusqlite::Result<LogPage> {
    let words: Vec<String> = question.words.split_whitespace().map(sought).filter(|word| !word.is_empty()).collect();
    let limit = usize::try_from(question.limit).unwrap_or(usize::MAX);
    let about = question.about.as_ref();
    let mut statement = connection.prepare_cached(PAGE)?;
    let mut rows = statement.query(named_params! {
        ":profile": question.profile.as_str(), ":before": question.before.unwrap_or(i64::MAX),
        ":tool": about.map_or("", |about| about.tool.as_str()),
        ":agent": about.and_then(|about| about.agent.as_ref()).map_or("", |agent| agent.as_str()),
    })?;
    let mut page = LogPage::default();
    while let Some(row) = rows.next()? {
        if !words.is_empty() {
            let within: String = row.get("sought")?;
            if !words.iter().all(|word| within.contains(word.as_str())) {
                continue;
            }
        }
        if page.lines.len() == limit {
            page.more = true;
            break;
        }
        page.lines.push(read(row)?);
    }
    Ok(page)
}

/// As it is looked for: lower case, one space for any, without letters that cannot be seen and could hide a word from the search.
fn sought(text: impl AsRef<str>) -> String {
    let seen = |letter: &char| !is_hidden(*letter);
    let text: String = text.as_ref().chars().filter(seen).flat_map(char::to_lowercase).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Letters without a shape: controls, joiners, direction marks, fillers, tags (facts of Unicode, category Cf and kin).
pub fn is_hidden(letter: char) -> bool {
    (letter.is_control() && !letter.is_whitespace())
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn profile(conversation: &ConversationId) -> &str {
    conversation.as_str().split_once('/').map_or("", |(profile, _)| profile)
}

fn columns(ruling: &Ruling) -> (&'static str, &str) {
    match ruling {
        Ruling::Approved => ("approved", ""),
        Ruling::Denied { reason } => ("denied", reason.as_deref().unwrap_or_default()),
        Ruling::Stopped => ("stopped", ""),
        Ruling::NotAvailable => ("not_available", ""),
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<LogLine> {
    let reason = filled(row.get("reason")?);
    let ruling = match row.get::<_, String>("ruling")?.as_str() {
        "approved" => Ruling::Approved,
        "stopped" => Ruling::Stopped,
        "not_available" => Ruling::NotAvailable,
        _ => Ruling::Denied { reason },
    };
    let delivery = match row.get::<_, String>("outcome")? {
        why if why.is_empty() => Delivery::Unknown,
        sent if sent == SENT => Delivery::Sent,
        why => Delivery::NotSent { why },
    };
    let outcome = match row.get::<_, i64>("result")? {
        -1 => None,
        ok => Some(Outcome { ok: ok == 1, text: row.get("result_text")?, at: row.get("result_at")? }),
    };
    Ok(LogLine {
        number: row.get("id")?,
        conversation: row.get::<_, String>("conversation")?.into(),
        title: row.get("title")?,
        speaker: Speaker { id: filled(row.get("agent")?).map(AgentId::from), name: row.get("speaker")? },
        tool_call: row.get::<_, String>("tool_call")?.into(),
        tool: row.get("tool")?,
        arguments: row.get("arguments")?,
        ruling,
        at: row.get("at")?,
        delivery,
        outcome,
    })
}

#[cfg(test)]
mod tests {
    use super::sought;

    #[test]
    fn hidden_letters_hide_nothing_from_a_search() {
        assert_eq!(sought("R\u{200b}M \t -rf\u{e0041} ~"), "rm -rf ~");
        assert_eq!(sought("Straße  ÉTÉ"), "straße été");
        assert_eq!(sought("\u{202e}evil\u{2066}"), "evil");
    }
}
