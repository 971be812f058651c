//! The demo: a stand-in Letta server inside this process, started when somebody first asks for it and running until the end. What
//! it says is in `sim`.

use std::sync::Arc;

use engine::{DemoStarter, Engine};
use model::{ConversationKind, Failure, Place, command};
use parking_lot::Mutex;
use sim::Sim;

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
    let connect = command::Connect { place: Place::Demo, key: None, memory_only: true };
    let command::Connected::Yes { profile } = engine.ask(connect).await? else { return Ok(()) };
    let conversations = engine.ask(command::ChooseProfile { profile }).await?;
    let table = conversations.into_iter().find(|conversation| conversation.kind == ConversationKind::Group);
    if let Some(table) = table {
        // Opening makes it the one that was open last, which the window shows first.
        engine.ask(command::Open { conversation: table.id }).await?;
    }
    Ok(())
}
