//! What the window knows, as signals, and what it does: opens conversations, takes the news in, asks the engine. Servers are
//! `servers`. No drawing.

mod servers;

use std::collections::HashMap;

use leptos::{prelude::*, task::spawn_local};
use model::{
    ConversationId, ConversationKind, Failure, News, Pending, Profile, ProfileId, Theme,
    command::{DeleteConversation, Keychain, Launch, Launched, NewConversation, RenameConversation, SetTheme},
};

use crate::{conversations::Conversations, grouping::Grouping, ipc, lightbox::Gallery, making::Making, open::Open};

/// What the window shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nothing yet: the engine has not answered.
    Starting,
    /// The connect screen.
    Connect,
    /// The table.
    Table,
}

/// What stands beside the sidebar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The open conversation.
    Talk,
    /// The inbox.
    Approvals,
}

/// The signals of the window. A handle: copying it costs nothing.
#[derive(Clone, Copy)]
pub struct State {
    /// What the window shows.
    pub stage: RwSignal<Stage>,
    /// Every server.
    pub profiles: RwSignal<Vec<Profile>>,
    /// The one the sidebar shows.
    pub profile: RwSignal<Option<ProfileId>>,
    /// Of every server.
    pub conversations: Conversations,
    /// What stands beside the sidebar.
    pub view: RwSignal<View>,
    /// What waits for a decision on each server, oldest first, as far as it was told.
    pub pending: RwSignal<HashMap<ProfileId, Vec<Pending>>>,
    /// The open one.
    pub open: RwSignal<Option<Open>>,
    /// Light or dark.
    pub theme: RwSignal<Theme>,
    /// Whether keys outlive the app.
    pub keychain: RwSignal<Keychain>,
    /// Something about the disk.
    pub storage_warning: RwSignal<Option<String>>,
    /// The app's version.
    pub version: RwSignal<String>,
    /// A short notice, gone by itself.
    pub toast: RwSignal<Option<String>>,
    /// A link that waits for the user's word.
    pub link: RwSignal<Option<String>>,
    /// Pictures that are shown large.
    pub lightbox: RwSignal<Option<Gallery>>,
    /// Files are held over the window.
    pub dragging: RwSignal<bool>,
    /// A server that the user wants to remove, not yet confirmed.
    pub leaving: RwSignal<Option<ProfileId>>,
    /// The server whose abilities are shown.
    pub about: RwSignal<Option<ProfileId>>,
    /// The conversation that is given another name.
    pub renaming: RwSignal<Option<ConversationId>>,
    /// A conversation that the user wants to delete, not yet confirmed.
    pub deleting: RwSignal<Option<ConversationId>>,
    /// A table that is being made or changed.
    pub making: RwSignal<Option<Making>>,
    /// A server's own group that is being made, changed, emptied or deleted.
    pub grouping: RwSignal<Option<Grouping>>,
    /// A server whose key was refused: the connect screen asks for another.
    pub new_key: RwSignal<Option<ProfileId>>,
    /// The engine did not answer the first question.
    pub broken: RwSignal<Option<Failure>>,
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    /// A window that knows nothing yet.
    pub fn new() -> Self {
        Self {
            stage: RwSignal::new(Stage::Starting),
            profiles: RwSignal::new(Vec::new()),
            profile: RwSignal::new(None),
            conversations: Conversations::default(),
            view: RwSignal::new(View::Talk),
            pending: RwSignal::new(HashMap::new()),
            open: RwSignal::new(None),
            theme: RwSignal::new(Theme::System),
            keychain: RwSignal::new(Keychain::Works),
            storage_warning: RwSignal::new(None),
            version: RwSignal::new(String::new()),
            toast: RwSignal::new(None),
            link: RwSignal::new(None),
            lightbox: RwSignal::new(None),
            dragging: RwSignal::new(false),
            leaving: RwSignal::new(None),
            about: RwSignal::new(None),
            renaming: RwSignal::new(None),
            deleting: RwSignal::new(None),
            making: RwSignal::new(None),
            grouping: RwSignal::new(None),
            new_key: RwSignal::new(None),
            broken: RwSignal::new(None),
        }
    }

    /// The window's state, from within its components.
    pub fn here() -> Self {
        use_context::<Self>().unwrap_or_default()
    }

    /// Begins: hears the news and asks what to show.
    pub fn start(self) {
        ipc::listen(move |news| news.into_iter().for_each(|news| self.take_in(news)));
        spawn_local(async move {
            match ipc::call(Launch {}).await {
                Ok(launched) => self.launched(launched),
                Err(failure) => self.broken.set(Some(failure)),
            }
        });
    }

    fn launched(self, launched: Launched) {
        self.theme.set(launched.theme);
        self.keychain.set(launched.keychain);
        self.storage_warning.set(launched.storage_warning);
        self.version.set(launched.version);
        self.profiles.set(launched.profiles);
        if let Some(profile) = &launched.profile {
            self.conversations.set(profile, launched.conversations);
        }
        self.profile.set(launched.profile);
        let nobody = self.profile.with_untracked(Option::is_none);
        self.stage.set(if nobody { Stage::Connect } else { Stage::Table });
        match launched.conversation {
            Some(conversation) => self.open(conversation),
            None => self.open_something(),
        }
    }

    /// Takes one piece of news in.
    pub fn take_in(self, news: News) {
        match news {
            News::Timeline(frame) => {
                if let Some(open) = self.opened_untracked().filter(|open| open.id == frame.conversation) {
                    open.take_in(frame);
                }
            }
            News::Conversations { profile, conversations } => {
                self.conversations.set(&profile, conversations);
                if self.profile.with_untracked(|here| *here == Some(profile)) {
                    self.open_something();
                }
            }
            News::Conversation { conversation } => {
                if let Some(open) = self.opened_untracked().filter(|open| open.id == conversation.id) {
                    open.rows.conversation(&conversation);
                }
                self.conversations.put(*conversation);
            }
            News::Queue { conversation, queue } => {
                if let Some(open) = self.opened_untracked().filter(|open| open.id == conversation) {
                    open.queue.set(queue);
                }
            }
            News::Profiles { profiles } => self.take_profiles(profiles),
            News::Connection { profile, connection } => {
                self.profiles.update(|profiles| {
                    if let Some(profile) = profiles.iter_mut().find(|other| other.id == profile) {
                        profile.connection = connection;
                    }
                });
            }
            // The inbox screen keeps its own list.
            News::Approvals { profile, pending } => {
                self.pending.update(|all| drop(all.insert(profile, pending)));
            }
            News::Storage { warning } => self.storage_warning.set(warning),
            News::Attached { conversation, attachments, refused } => {
                if let Some(open) = self.opened_untracked().filter(|open| open.id == conversation) {
                    open.tray.take_in(attachments, refused);
                }
            }
            News::Dragging { over } => self.dragging.set(over),
            News::Loaded { conversation, loaded } => {
                if let Some(open) = self.opened_untracked().filter(|open| open.id == conversation) {
                    open.rows.elsewhere().take_in(loaded);
                }
            }
        }
    }

    /// Starts a conversation of an agent and opens it.
    pub fn new_conversation(self, of: ConversationId) {
        spawn_local(async move {
            match ipc::call(NewConversation { of, name: None }).await {
                Ok(started) => self.open(started),
                Err(failure) => self.toast.set(Some(failure.message)),
            }
        });
    }

    /// Gives a conversation another name. The list tells when it has it.
    pub fn rename_conversation(self, conversation: ConversationId, name: String) {
        spawn_local(async move {
            if let Err(failure) = ipc::call(RenameConversation { conversation, name }).await {
                self.toast.set(Some(failure.message));
            }
        });
    }

    /// Deletes a conversation on the server. If it was open, its agent is opened.
    pub async fn delete_conversation(self, conversation: ConversationId) -> Result<(), Failure> {
        let was_open = self.opened_untracked().is_some_and(|open| open.id == conversation);
        let row = self.conversations.get_untracked(&conversation).map(|row| row.get_untracked());
        ipc::call(DeleteConversation { conversation }).await?;
        if was_open {
            self.open.set(None);
            let agent = row.and_then(|row| {
                let rows = untrack(|| self.conversations.of(&row.profile));
                let is_agent = |other: &model::Conversation| {
                    other.kind == ConversationKind::Agent && other.members.first() == row.members.first()
                };
                rows.iter().find(|other| other.with_untracked(is_agent)).map(|row| row.read_untracked().id.clone())
            });
            match agent {
                Some(agent) => self.open(agent),
                None => self.open_something(),
            }
        }
        Ok(())
    }

    /// Shows a conversation; what was open is closed and its draft kept.
    pub fn open(self, conversation: ConversationId) {
        self.view.set(View::Talk);
        self.open_behind(conversation);
    }

    /// Opens a conversation behind whatever is shown.
    fn open_behind(self, conversation: ConversationId) {
        if self.opened_untracked().is_some_and(|open| open.id == conversation) {
            return;
        }
        self.close();
        let open = Open::new(conversation);
        self.open.set(Some(open.clone()));
        open.ask();
    }

    /// The window shows no conversation.
    pub fn close(self) {
        if let Some(open) = self.opened_untracked() {
            open.close();
            self.open.set(None);
        }
    }

    /// Where nothing is open: the first group, else the first agent.
    fn open_something(self) {
        self.open_another(None);
    }

    /// The same, but not this one, which is going.
    pub fn open_another(self, going: Option<&ConversationId>) {
        if self.open.with_untracked(Option::is_some) {
            return;
        }
        let Some(profile) = self.profile.get_untracked() else { return };
        let rows: Vec<_> = untrack(|| self.conversations.of(&profile)).iter().map(|row| row.get_untracked()).collect();
        let (groups, agents) = crate::conversations::sections(&rows);
        if let Some(first) = groups.into_iter().chain(agents).find(|id| Some(id) != going) {
            self.open_behind(first);
        }
    }

    /// Light or dark.
    pub fn set_theme(self, theme: Theme) {
        self.theme.set(theme);
        spawn_local(async move {
            if let Err(failure) = ipc::call(SetTheme { theme }).await {
                leptos::logging::warn!("the theme was not kept: {failure}");
            }
        });
    }

    /// The open conversation.
    pub fn opened_untracked(self) -> Option<Open> {
        self.open.get_untracked()
    }
}
