//! The part of the list of commands that is about tables and groups. It is one list with the rest (see `command`).

/// Passes all entries of a list on, with those about tables and groups behind its own.
macro_rules! with_tables {
    ($list:ident! { $($own:tt)* }) => { $list! {
        $($own)*
        /// Every agent that can be asked to a table, of every server, as far as is known.
        Guests {} -> Vec<Guest>;
        /// Makes a table that the app leads. It stands in the list at once.
        MakeTable {
            /// In whose list.
            profile: ProfileId,
            /// What holds at it.
            table: Table,
        } -> ConversationId;
        /// What holds at a table.
        TableOf {
            /// Which.
            conversation: ConversationId
        } -> Table;
        /// A table as a copy of a table or of a server's group would be, to be made with [`MakeTable`].
        CopyOf {
            /// Of which.
            conversation: ConversationId
        } -> Table;
        /// What holds at a table from now on. Members who are new hear what comes from now on.
        ChangeTable {
            /// Which.
            conversation: ConversationId,
            /// All of it.
            table: Table,
        } -> ();
        /// Puts a table away, or takes it out again. What was said stays.
        ArchiveTable {
            /// Which.
            conversation: ConversationId,
            /// Away.
            archived: bool,
        } -> ();
        /// Deletes a table: what was said at it, which is kept nowhere else, and what waits to be said. Whoever is at it is stopped. Its
        /// members stay, and so do the conversations it had with each on its server, which stand in the list from then on. Not to be
        /// undone: ask first.
        DeleteTable {
            /// Which.
            conversation: ConversationId
        } -> ();
        /// Gives these members the word, in this order, before all others.
        GiveWord {
            /// At which table.
            conversation: ConversationId,
            /// To whom.
            agents: Vec<AgentId>,
        } -> ();
        /// Goes on without a member: one who speaks, waits, or whose turn failed.
        Skip {
            /// At which table.
            conversation: ConversationId,
            /// Whom.
            agent: AgentId,
        } -> ();
        /// A table that a guard or you stopped goes on.
        GoOn {
            /// Which.
            conversation: ConversationId
        } -> ();
        /// A member hears, and does not speak unless called; or speaks again.
        Mute {
            /// At which table.
            conversation: ConversationId,
            /// Whom.
            agent: AgentId,
            /// It does not speak.
            muted: bool,
        } -> ();
        /// The user writes, or no longer does: turns that would begin by themselves wait. Sending ends it too.
        Writing {
            /// At which table.
            conversation: ConversationId,
            /// Something stands in the composer.
            on: bool,
        } -> ();
        /// Makes a group that the server leads, where it has such (see `Skill::Groups`). It stands in the list at once.
        MakeGroup {
            /// On which server.
            profile: ProfileId,
            /// How it is set.
            group: Group,
        } -> ConversationId;
        /// How a server's group is set; the server is asked.
        GroupOf {
            /// Which.
            conversation: ConversationId
        } -> Group;
        /// How a server's group is set from now on. The way its members take turns stays the same one.
        ChangeGroup {
            /// Which.
            conversation: ConversationId,
            /// All of it.
            group: Group,
        } -> ();
        /// Takes out all that was said in a server's group: at the server, out of its members' own history, and here. Not to be undone:
        /// ask first. A conflict while something runs there.
        ResetGroup {
            /// Which.
            conversation: ConversationId
        } -> ();
        /// Deletes a server's group. Its members stay. Not to be undone: ask first.
        DeleteGroup {
            /// Which.
            conversation: ConversationId
        } -> ();
        /// The model each member of a table or group thinks with, by its server's name for it (`anthropic/claude-sonnet-4-5`): of those whose
        /// server told since the app began.
        ModelsOf {
            /// Of which.
            conversation: ConversationId
        } -> BTreeMap<AgentId, String>;
        /// The memory that members of a table or group have in common; their servers are asked.
        SharedMemoryOf {
            /// Of which.
            conversation: ConversationId
        } -> SharedMemory;
        /// What a table or group has used so far, from what is kept here; no server is asked.
        UsageOf {
            /// Of which.
            conversation: ConversationId
        } -> Usage;
    } };
}
