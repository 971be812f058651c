//! What all parts of the engine share, and how their tasks are started and stopped.

use std::sync::Arc;

use model::Table;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    approvals::Approvals, conversation::Talks, images::Images, images::Web, news::Listeners, options::Clock,
    options::DemoStarter, options::Environment, options::Outside, options::Pace, profiles::Profiles, secrets::Keys,
    sidebar::Sidebar, store::Store, tables::Tables,
};

/// Everything that a command or a task may need.
pub(crate) struct House {
    pub store: Store,
    pub images: Images,
    pub web: Arc<dyn Web>,
    pub keys: Keys,
    pub listeners: Arc<Listeners>,
    pub sidebar: Sidebar,
    pub profiles: Profiles,
    pub talks: Talks,
    pub tables: Tables,
    pub approvals: Approvals,
    pub clock: Arc<dyn Clock>,
    pub outside: Arc<dyn Outside>,
    pub environment: Option<Environment>,
    pub demo: Option<DemoStarter>,
    pub demo_tables: Vec<Table>,
    pub pace: Pace,
    pub version: String,
    /// Cancelled when the engine is dropped or closed: every task ends where it stands.
    pub life: CancellationToken,
    pub tasks: TaskTracker,
}

impl House {
    /// Starts a task that ends with the engine.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let life = self.life.clone();
        self.tasks.spawn(async move {
            // Cut short or done: both are ends.
            let _ = life.run_until_cancelled(task).await;
        });
    }
}
