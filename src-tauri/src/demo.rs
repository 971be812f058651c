//! The demo: a stand-in Letta server inside this process, started when somebody first asks for it and running until the end. What
//! it says is in `sim`.

use std::{sync::Arc, time::Duration};

use engine::{DemoStarter, Engine, Listener};
use model::{Code, Conversation, ConversationId, ConversationKind, Failure, News, Place, ProfileId, command};
use parking_lot::Mutex;
use sim::Sim;

/// How long the window may wait for the list with the table.
const PATIENCE: Duration = Duration::from_secs(5);

/// Starts the demo's server at the first call, and answers its address.
pub fn starter() -> DemoStarter {
    let running: Arc<Mutex<Option<Sim>>> = Arc::default();
    Arc::new(move || {
        let address = address(&mut running.lock());
        Box::pin(async move { address })
    })
}

fn address(running: &mut Option<Sim>) -> Result<String, String> {
    if let Some(sim) = running {
        return Ok(sim.address());
    }
    let sim = Sim::demo().map_err(|fault| {
        tracing::error!(%fault, "the demo could not be started");
        "The demo could not be started on this computer.".to_owned()
    })?;
    Ok(running.insert(sim).address())
}

/// What `--demo` asks for: connected to the demo, at its table.
///
/// # Errors
/// Why the engine could not.
pub async fn enter(engine: &Engine) -> Result<(), Failure> {
    let known = engine.ask(command::Launch {}).await?.profiles;
    let is_first = known.iter().all(|profile| profile.place != Place::Demo);
    let mut news = engine.news();
    let connect = command::Connect { place: Place::Demo, key: None, memory_only: true };
    let profile = match engine.ask(connect).await? {
        command::Connected::Yes { profile } => profile,
        command::Connected::No { what, hint, .. } => return Err(Failure::new(Code::Server, what).details(hint)),
        command::Connected::NoKeychain { why } => return Err(Failure::new(Code::Keychain, why)),
    };
    let conversations = engine.ask(command::ChooseProfile { profile: profile.clone() }).await?;
    let table = match the_table(&conversations, !is_first) {
        // They are on their way; a window without the table is still a window.
        None if is_first => tokio::time::timeout(PATIENCE, told_table(&mut news, &profile)).await.unwrap_or(None),
        // Later there are those that the user has kept.
        kept => kept,
    };
    let Some(conversation) = table else { return Ok(()) };
    // What was open last is what the window shows first.
    engine.ask(command::Open { conversation: conversation.clone() }).await?;
    engine.ask(command::Close { conversation }).await
}

async fn told_table(news: &mut Listener, profile: &ProfileId) -> Option<ConversationId> {
    while let Some(told) = news.recv().await {
        if let News::Conversations { profile: whose, conversations } = &told
            && whose == profile
            && let Some(table) = the_table(conversations, false)
        {
            return Some(table);
        }
    }
    None
}

/// The first of the demo's tables. They are made one after the other, the first one last; once all are there it may have another name, or
/// be deleted.
fn the_table(conversations: &[Conversation], all_there: bool) -> Option<ConversationId> {
    let made = sim::demo_tables();
    let first = &made.first()?.name;
    let tables = || conversations.iter().filter(|row| row.kind == ConversationKind::Table);
    let named = tables().find(|table| table.title == *first && !table.archived);
    let any = || tables().find(|table| !table.archived).filter(|_| all_there || tables().count() >= made.len());
    named.or_else(any).map(|table| table.id.clone())
}
