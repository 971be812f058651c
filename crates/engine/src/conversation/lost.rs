//! What became of a run whose line was cut, or of words of which nobody knows whether they arrived: questions to the server, apart from
//! any conversation. What is done about the answer is `resuming`.

use std::time::Duration;

use letta::{Body, Client, Event, Resumed, Run, RunStatus, Target};
use model::{AgentId, RunId, Trouble};

use super::fetch::{Newest, Question, newest};

/// Newest runs of an agent that are looked through for words of ours.
const RUNS: u32 = 10;
/// A run that goes on without us, or may be ours, is asked for this many times at most: half an hour.
const MOST_LOOKS: usize = 1800;

/// What is looked for.
pub(super) struct Lost {
    /// Where the newest history is, and what of it is known; with the run, if one was heard of, and how far it was heard.
    pub question: Question,
    /// Our id of the words that began it, as far as known.
    pub otid: Option<String>,
    /// Time between two looks at something that goes on.
    pub pause: Duration,
    /// So many looks in a row have to miss words before they count as missing: just after a cut, the request may still be on its way
    /// within the server.
    pub misses: u32,
}

/// What became of it.
pub(super) enum Found {
    /// It goes on, behind what was heard.
    Goes(Box<letta::Turn>),
    /// The server has it, and nothing more comes.
    Over {
        newest: Newest,
        /// What its stream said at its end, or would have; empty where the server does not tell.
        last: Vec<Event>,
        /// What failed, if it did.
        trouble: Option<Trouble>,
    },
    /// The server does not have the words, nor anything that could be them.
    Missing(Newest),
    /// Whether it has them cannot be told: why, in the user's words.
    Unclear(&'static str),
    /// The server is out of reach.
    Away(letta::Error),
}

/// Where words were found.
enum Place {
    /// A run that goes on answers them, in the background or not.
    Run(RunId, bool),
    /// They are in the history.
    Stored(Newest, Option<RunId>),
    Nowhere(Newest),
    Unclear(&'static str),
}

/// Finds out what became of it, and waits for its end where its stream cannot be gone on with.
pub(super) async fn find(client: &Client, lost: Lost) -> Found {
    look(client, &lost).await.unwrap_or_else(Found::Away)
}

async fn look(client: &Client, lost: &Lost) -> Result<Found, letta::Error> {
    let cursor = &lost.question.cursor;
    let (run, numbered) = match (&cursor.run, &lost.otid) {
        (Some(run), _) => (run.clone(), cursor.seq > 0),
        (None, Some(otid)) => match place(client, lost, otid).await? {
            Place::Run(run, background) => (run, background),
            Place::Stored(_, Some(run)) => (run, false),
            Place::Stored(newest, None) => return Ok(Found::Over { newest, last: Vec::new(), trouble: None }),
            Place::Nowhere(newest) => return Ok(Found::Missing(newest)),
            Place::Unclear(why) => return Ok(Found::Unclear(why)),
        },
        (None, None) => return Ok(Found::Unclear("The server did not say which answer it was.")),
    };
    if numbered {
        match client.resume(&run, cursor.seq).await {
            Ok(Resumed::Goes(turn)) => return Ok(Found::Goes(turn)),
            Ok(Resumed::Over(_)) => {}
            // Too old, or the server lost its Redis meanwhile: it goes on all the same, and history will have it.
            Err(error) if !is_away(&error) => tracing::info!(%run, %error, "a run in the background cannot be resumed"),
            Err(error) => return Err(error),
        }
    }
    let stands = ended(client, &run, lost.pause).await?;
    let newest = newest(client, lost.question.clone()).await?;
    let (last, trouble) = match stands {
        Some(run) => (client.last_words(&run).await?, run.trouble),
        None => (Vec::new(), None),
    };
    Ok(Found::Over { newest, last, trouble })
}

/// Waits for the end of a run. None: the server cannot tell how it stands.
async fn ended(client: &Client, run: &RunId, pause: Duration) -> Result<Option<Run>, letta::Error> {
    for _ in 0..MOST_LOOKS {
        match client.run(run).await {
            Ok(run) if run.is_over() => return Ok(Some(run)),
            Ok(Run { status: RunStatus::Running, .. }) => tokio::time::sleep(pause).await,
            Ok(_) => return Ok(None),
            Err(error) if is_away(&error) => return Err(error),
            Err(_) => return Ok(None),
        }
    }
    Ok(None)
}

/// Looks for words in the newest history and in the runs of the agent. The server takes the same words twice for two messages
/// (0.16.8/otid-second), so that nothing is sent again before this says that they are nowhere.
async fn place(client: &Client, lost: &Lost, otid: &str) -> Result<Place, letta::Error> {
    let mut missed = 0;
    for _ in 0..MOST_LOOKS {
        let newest = newest(client, lost.question.clone()).await?;
        if let Some(stored) = newest.of(otid) {
            let run = stored.head.run_id.as_deref().map(RunId::from);
            return Ok(Place::Stored(newest, run));
        }
        let open = match agent(&lost.question.target) {
            Some(agent) => match in_runs(client, agent, otid).await? {
                InRuns::Here(run, background) => return Ok(Place::Run(run, background)),
                InRuns::Perhaps => true,
                InRuns::No => false,
                InRuns::Untold => return Ok(Place::Unclear("The server did not say what runs there.")),
                InRuns::Contradiction => {
                    return Ok(Place::Unclear("The server has a run for it, but not the message."));
                }
            },
            None => false,
        };
        if !open {
            missed += 1;
            if missed >= lost.misses {
                return Ok(Place::Nowhere(newest));
            }
        }
        tokio::time::sleep(lost.pause).await;
    }
    Ok(Place::Unclear("The server works on something that may be it."))
}

/// What the runs of an agent say about words.
enum InRuns {
    /// This one, which goes on, answers them, in the background or not.
    Here(RunId, bool),
    /// One goes on that has not stored what it answers.
    Perhaps,
    No,
    /// The server does not say.
    Untold,
    /// One that is over answered them, but history does not have them.
    Contradiction,
}

async fn in_runs(client: &Client, agent: &AgentId, otid: &str) -> Result<InRuns, letta::Error> {
    let runs = match client.runs(agent, RUNS).await {
        Ok(runs) => runs,
        Err(error) if is_away(&error) => return Err(error),
        // Servers of before runs have nothing but their history to tell.
        Err(letta::Error::NotFound { .. }) => return Ok(InRuns::No),
        Err(_) => return Ok(InRuns::Untold),
    };
    let mut perhaps = false;
    for run in runs {
        let messages = match client.run_messages(&run.id).await {
            Ok(messages) => messages,
            Err(error) if is_away(&error) => return Err(error),
            Err(letta::Error::NotFound { .. }) => continue,
            Err(_) if run.is_over() => continue,
            Err(_) => return Ok(InRuns::Untold),
        };
        let mut users = messages.iter().filter(|event| matches!(event.body, Body::User(_)));
        let (mut here, mut named) = (false, false);
        for user in &mut users {
            here |= user.head.otid.as_deref() == Some(otid);
            named |= user.head.otid.is_some();
        }
        if here {
            return Ok(if run.is_over() { InRuns::Contradiction } else { InRuns::Here(run.id, run.background) });
        }
        // Nothing is stored before the first model call came back, and 0.11.7 keeps no otid.
        perhaps |= !run.is_over() && !named;
    }
    Ok(if perhaps { InRuns::Perhaps } else { InRuns::No })
}

/// Whose runs belong to a conversation.
fn agent(target: &Target) -> Option<&AgentId> {
    match target {
        Target::Agent(agent) | Target::Thread { agent, .. } => Some(agent),
        Target::Group(_) => None,
    }
}

/// The server did not answer at all, so that asking again later makes sense.
fn is_away(error: &letta::Error) -> bool {
    matches!(error.code(), model::Code::Offline | model::Code::Unauthorized)
}
