//! A stand-in Letta server on loopback: the demo in the app, and the other side in tests. It speaks as recorded real servers do;
//! what a model would say comes from rules (the demo) or from a script (tests). Nothing of the app is in here.
//!
//! Liberties, where no server was ever like this:
//! - As 0.11.7, so that groups work, its agents still stream as 0.16.8 does: pings, tokens, approvals.
//! - A member of a group may ask for approval: the stream ends as an agent's does, with the member's name on the request. The
//!   decision goes to the group's stream route (or to the member's own); then the table goes on. Real groups run the tool unasked.
//! - An agent's own history is free of what it heard and said in groups.
//! - In a dynamic group the word that ends it is looked for in what the manager says and in what members say: no recording has it.
//! - The demo's agents have conversations, which came with 0.16, and their own list does not mix them.
//! - Cancelling a member stops its group: 0.11.7 has no route for that.

mod answer;
mod body;
mod conversations;
mod decision;
mod demo;
mod entity;
mod fault;
mod groups;
mod heard;
mod http;
mod ids;
mod ledger;
mod mind;
mod pace;
mod page;
mod past;
mod pictures;
mod play;
mod runs;
mod script;
mod send;
mod server;
mod settings;
mod step;
mod stop;
mod table;
mod tape;
mod tools;
mod turn;
mod whole;
mod wire;
mod world;

use std::{io, sync::Arc, time::Duration};

use jiff::Timestamp;

pub use answer::{Answer, Call, Step};
pub use demo::tables as demo_tables;
pub use fault::{Fault, On};
pub use ledger::Request;
pub use pace::Pace;
pub use pictures::{picture, stored_picture};
pub use script::Script;

use fault::Times;
use server::Server;
use world::World;

/// Why the server could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No port on loopback, or the old one is taken.
    #[error("cannot listen on 127.0.0.1")]
    Bind(#[source] io::Error),
    /// No thread or no runtime.
    #[error("cannot start the server's thread")]
    Thread(#[source] io::Error),
}

/// A running stand-in server. It stops when dropped: connections break and runs end.
#[derive(Debug)]
pub struct Sim {
    world: Arc<World>,
    server: Server,
}

impl Sim {
    /// The demo: four agents of a small magazine and their table, at the pace of a model.
    ///
    /// # Errors
    /// If there is no port on loopback.
    pub fn demo() -> Result<Self, Error> {
        Self::demo_at(Pace::like_a_model())
    }

    /// The demo at another pace.
    ///
    /// # Errors
    /// If there is no port on loopback.
    pub fn demo_at(pace: Pace) -> Result<Self, Error> {
        Self::start(0, demo::world(pace))
    }

    /// The demo on a port of one's own choice, for trying it with other programs.
    ///
    /// # Errors
    /// If the port is taken.
    pub fn demo_on(port: u16) -> Result<Self, Error> {
        Self::start(port, demo::world(Pace::like_a_model()))
    }

    /// A server that does what the script says.
    ///
    /// ```
    /// use sim::{Answer, Fault, Script, Sim};
    ///
    /// let torn = Answer::text("Hello, this is Ada.").but(Fault::CutAfterEvent(2));
    /// let sim = Sim::scripted(Script::new().version("0.16.8").agent("Ada", [torn, Answer::text("Whole.")]))?;
    /// assert!(sim.address().starts_with("http://127.0.0.1:"));
    /// assert!(sim.requests().is_empty() && sim.check().is_empty());
    /// # Ok::<(), sim::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no port on loopback.
    pub fn scripted(script: Script) -> Result<Self, Error> {
        Self::start(0, script.world())
    }

    fn start(port: u16, world: World) -> Result<Self, Error> {
        let world = Arc::new(world);
        let shared = Arc::clone(&world);
        Ok(Self { server: Server::start(port, move || http::router(shared))?, world })
    }

    /// `http://127.0.0.1:port`; the same as long as the server lives, away or not.
    pub fn address(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Every request so far, in the order of arrival. (The demo keeps the last hundred.)
    pub fn requests(&self) -> Vec<Request> {
        self.world.ledger.requests()
    }

    /// What broke the contract with a Letta server so far, in words: an otid sent again although the server has it, a decision on
    /// an unknown call or on nothing, a message without content, a collection's path without its slash. Empty is good.
    pub fn check(&self) -> Vec<String> {
        self.world.ledger.complaints()
    }

    /// From now on this strikes there, until [`Sim::clear_faults`]. Faults of a body strike only where a body streams.
    pub fn set_fault(&self, on: On, fault: Fault) {
        self.world.faults.set(on, fault, Times::UntilCleared);
    }

    /// This strikes the next request there, once.
    pub fn next_fault(&self, on: On, fault: Fault) {
        self.world.faults.set(on, fault, Times::Once);
    }

    /// All is well again. Faults that are part of an answer stay with it.
    pub fn clear_faults(&self) {
        self.world.faults.clear();
    }

    /// Further answers for an agent of a script.
    pub fn add(&self, agent: &str, answers: impl IntoIterator<Item = Answer>) {
        self.world.mind.add(agent, answers);
    }

    /// Lets one [`Step::Gate`] go on, now or when it is reached.
    pub fn release(&self) {
        self.world.gate.add_permits(1);
    }

    /// Stops listening and breaks every connection. Runs go on.
    pub fn go_away(&self) {
        self.server.go_away();
    }

    /// Listens again on the same port.
    ///
    /// # Errors
    /// If another program took the port meanwhile.
    pub fn come_back(&self) -> Result<(), Error> {
        self.server.come_back()
    }

    /// The server forgets that this agent waits for a decision; its history keeps the request. Real servers do so when a run dies.
    pub fn lose_request(&self, agent: &str) {
        let place = world::Place::Agent(past::agent_id(agent));
        self.world.state().thread(&place).pending = None;
    }

    /// Somebody deletes this agent: it is in no list any more, and whoever asks for it is told that it is not there.
    pub fn delete_agent(&self, agent: &str) {
        let id = past::agent_id(agent);
        self.world.state().agents.retain(|known| known.id != id);
    }

    /// Breaks every connection and goes on listening.
    pub fn hang_up(&self) {
        self.server.hang_up();
    }

    /// Every run so far began this much earlier: those in the background can be followed for three hours.
    pub fn age_runs(&self, by: Duration) {
        let mut state = self.world.state();
        for run in &mut state.runs {
            run.created = run.created.checked_sub(by).unwrap_or(Timestamp::UNIX_EPOCH);
        }
    }

    /// The id of an agent of this name; the same at every start.
    pub fn agent_id(&self, name: &str) -> String {
        past::agent_id(name)
    }

    /// The id of a conversation of this name that a script began with; the same at every start.
    pub fn conversation_id(&self, agent: &str, summary: &str) -> String {
        past::conversation_id(agent, summary)
    }

    /// The id of a group of this description; the same at every start.
    pub fn group_id(&self, description: &str) -> String {
        past::group_id(description)
    }
}
