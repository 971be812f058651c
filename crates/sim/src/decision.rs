//! What the user decides on calls that wait: as it was sent, whether it fits what waits, and what history keeps of it. Pure; who
//! carries it out is `play`.

use serde_json::{Value, json};

use crate::{
    Call, ids,
    step::Voice,
    wire::{Body, Message, Returned},
    world::Pending,
};

/// A call that waits, with the id under which it was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) call: Call,
    pub(crate) id: String,
}

impl Asked {
    /// A call under its own id, or a new one.
    pub(crate) fn new(call: &Call) -> Self {
        Self { id: call.id.clone().unwrap_or_else(ids::fresh_call), call: call.clone() }
    }
}

/// The word on one call.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    Approved(Option<String>),
    Denied(Option<String>),
    /// The client ran it itself.
    Returned(Returned),
}

impl Verdict {
    pub(crate) fn denial(&self) -> Option<&str> {
        match self {
            Self::Denied(reason) => Some(reason.as_deref().unwrap_or("")),
            Self::Approved(_) | Self::Returned(_) => None,
        }
    }

    fn stored(&self, id: &str) -> Value {
        match self {
            Self::Approved(reason) => {
                json!({"type": "approval", "tool_call_id": id, "approve": true, "reason": reason})
            }
            Self::Denied(reason) => json!({"type": "approval", "tool_call_id": id, "approve": false, "reason": reason}),
            Self::Returned(returned) => json!({
                "type": "tool",
                "tool_return": returned.tool_return,
                "status": returned.status,
                "tool_call_id": id,
                "stdout": returned.stdout,
                "stderr": returned.stderr,
            }),
        }
    }
}

/// An approval message as it was sent. The newer form names calls, the older one the request; both may be there, and then the newer
/// one counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decision {
    pub(crate) verdicts: Vec<(String, Verdict)>,
    pub(crate) older: Option<(String, Verdict)>,
}

const NO_APPROVALS: &str = "Invalid approval response. Approval response message does not contain any approvals.";

impl Decision {
    /// The ids it names.
    pub(crate) fn ids(&self) -> Vec<&str> {
        self.counting().iter().map(|(id, _)| id.as_str()).collect()
    }

    fn counting(&self) -> Vec<&(String, Verdict)> {
        if self.verdicts.is_empty() { self.older.iter().collect() } else { self.verdicts.iter().collect() }
    }

    /// The verdict on each call that waits, in the order of the request; or why it does not fit, in the words of recordings
    /// 0.16.8/approval-wrong-tool-call-id, -wrong-request-id and -empty-approvals.
    pub(crate) fn on(&self, pending: &Pending) -> Result<Vec<Verdict>, String> {
        if pending.old {
            let fits = |(id, _): &&(String, Verdict)| *id == pending.request.id;
            return self.older.iter().find(fits).map(|(_, verdict)| vec![verdict.clone()]).ok_or_else(String::new);
        }
        let said = self.counting();
        if said.is_empty() {
            return Err(NO_APPROVALS.to_owned());
        }
        if let ([one], [(id, verdict)]) = (pending.asked.as_slice(), said.as_slice())
            && (*id == pending.request.id || *id == one.id)
        {
            return Ok(vec![verdict.clone()]);
        }
        let fits = said.iter().all(|(id, _)| pending.asked.iter().any(|asked| asked.id == *id));
        let verdicts: Option<Vec<Verdict>> = pending
            .asked
            .iter()
            .map(|asked| said.iter().find(|(id, _)| *id == asked.id).map(|(_, verdict)| verdict.clone()))
            .collect();
        match verdicts {
            Some(verdicts) if fits => Ok(verdicts),
            Some(_) | None => Err(format!(
                "Invalid tool call IDs. Expected '{}', but received '{}'.",
                python(pending.asked.iter().map(|asked| asked.id.as_str())),
                python(said.iter().map(|(id, _)| id.as_str())),
            )),
        }
    }

    /// Whether only the older form was sent, and says no. An agent of 0.16.8 takes such a denial for no decision at all
    /// (recording 0.16.8/approval-deprecated-deny-steps-v1).
    pub(crate) fn is_older_denial(&self) -> bool {
        self.verdicts.is_empty() && matches!(self.older, Some((_, Verdict::Denied(_))))
    }
}

/// A list as Python writes it.
fn python<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = ids.map(|id| format!("'{id}'")).collect();
    format!("[{}]", quoted.join(", "))
}

/// The approval_response_message of history. Its request is named by the first decided call's id, as 0.16.8 does; a return of the
/// client alone has neither word nor request (recording 0.16.8/client-tool-list-steps).
pub(crate) fn stored(voice: &Voice, pending: &Pending, verdicts: &[Verdict]) -> Message {
    let approvals = pending.asked.iter().zip(verdicts).map(|(asked, verdict)| verdict.stored(&asked.id)).collect();
    let first = pending.asked.iter().zip(verdicts).find_map(|(asked, verdict)| match verdict {
        Verdict::Approved(reason) => Some((asked.id.clone(), true, reason.clone())),
        Verdict::Denied(reason) => Some((asked.id.clone(), false, reason.clone())),
        Verdict::Returned(_) => None,
    });
    if pending.old {
        let (_, approve, reason) = first.unwrap_or_default();
        let request = pending.request.id.clone();
        let body = Body::OldResponse { approve, approval_request_id: request, reason };
        return voice.message(ids::fresh("message"), "approval_response_message", None, None, body);
    }
    let body = Body::Response {
        approvals,
        approve: first.as_ref().map(|(_, approve, _)| *approve),
        approval_request_id: first.as_ref().map(|(id, ..)| id.clone()),
        reason: first.and_then(|(.., reason)| reason),
    };
    voice.message(ids::fresh("message"), "approval_response_message", None, None, body)
}
