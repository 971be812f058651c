//! Tertulia without a window: conversations that run, are saved and told about; profiles and their servers; keys. What a window
//! asks comes in as `model::Call`, what it hears goes out as `model::News`. Letta's wire is in `letta`.

mod news;
mod options;
mod secrets;
pub mod store;

use std::sync::Arc;

use model::{Call, Code, Command, Failure};
use serde_json::Value;

pub use news::Listener;
pub use options::{Clock, DemoStarter, Environment, Options, Outside, Pace, SystemClock};
pub use secrets::{MemorySecrets, Secrets};

/// The app without a window. Dropping it stops everything at once, as a kill would; [`Engine::close`] saves first.
pub struct Engine {
    listeners: Arc<news::Listeners>,
}

impl Engine {
    /// Opens what was kept and starts connecting. Never fails: no state of the disk stops the start, it is said in
    /// `Launched::storage_warning` instead. Needs a Tokio runtime with time and I/O.
    pub async fn open(options: Options) -> Self {
        let _ = options;
        Self { listeners: Arc::default() }
    }

    /// Does what the window asks and answers in JSON: the reply type of the command (see `model::command`).
    ///
    /// # Errors
    /// Why it was not done, in the user's words.
    pub async fn call(&self, call: Call) -> Result<Value, Failure> {
        let _ = call;
        Err(Failure::new(Code::Invalid, "Not yet."))
    }

    /// Like [`Engine::call`], typed.
    ///
    /// # Errors
    /// Why it was not done, in the user's words.
    pub async fn ask<C: Command>(&self, command: C) -> Result<C::Reply, Failure> {
        let reply = self.call(command.into()).await?;
        serde_json::from_value(reply).map_err(|error| {
            Failure::new(Code::Invalid, "Tertulia did not understand its own answer.").details(error.to_string())
        })
    }

    /// Listens: everything that is told from now on, folded together while nobody takes it.
    pub fn news(&self) -> Listener {
        self.listeners.listen()
    }

    /// Saves everything, ends what runs here (not on the servers), and closes the databases. After it nothing is answered.
    pub async fn close(&self) {
        self.listeners.close();
    }
}
