//! What is done when a database's file cannot be used: read only, put aside, taken into memory, tried again. No state of the disk
//! stops the start. How a file is judged is in `open.rs`.

use std::time::Instant;

use rusqlite::config::DbConfig;

use super::{
    super::{
        concern::{Concern, Ill, Which},
        open::{self, Refusal},
        salvage::salvage,
        write::Backlog,
    },
    Database, Mode,
};

impl Database {
    /// The start, in whatever way is possible.
    pub(super) fn begin(&mut self) {
        let path = self.home.join(self.plan.file);
        match open::on_disk(&self.plan, &path) {
            Ok(connection) => self.connection = Some(connection),
            Err(Refusal::Ill(Ill::Broken)) => self.begin_anew(),
            Err(Refusal::Ill(ill)) => {
                self.connection = open::copied_to_memory(&self.plan, &path, ill);
                self.go_to_memory(Mode::Away, Concern::Away(open::cause(ill, &self.home), self.home.clone()));
                self.wait(Instant::now());
            }
            Err(Refusal::NotMigrated) => self.go_to_memory(Mode::Memory, Concern::NotMigrated),
            Err(Refusal::Newer) => match open::read_only(&path) {
                Ok(connection) => {
                    self.connection = Some(connection);
                    self.mode = Mode::Newer;
                    self.lasting = Some(Concern::Newer);
                }
                Err(error) => {
                    tracing::warn!(%error, file = self.plan.file, "a newer database cannot be read");
                    self.go_to_memory(Mode::Memory, Concern::Newer);
                }
            },
        }
    }

    /// Looks whether the disk can be used by now. If so, what was written meanwhile can follow.
    pub(super) fn come_back(&mut self, now: Instant) -> bool {
        let back = open::folder(&self.home)
            .map_err(|error| open::refused(&error))
            .and_then(|()| open::on_disk(&self.plan, &self.home.join(self.plan.file)));
        match back {
            Ok(connection) => {
                self.connection = Some(connection);
                self.place += 1;
                self.mode = Mode::Disk;
                self.lasting = None;
                true
            }
            Err(Refusal::Ill(Ill::Broken)) => {
                self.begin_anew();
                true
            }
            Err(Refusal::Ill(ill)) => {
                self.lasting = Some(Concern::Away(open::cause(ill, &self.home), self.home.clone()));
                self.wait(now);
                false
            }
            Err(Refusal::NotMigrated | Refusal::Newer) => {
                // Another version of the app has been here meanwhile.
                self.go_to_memory(Mode::Memory, Concern::NotMigrated);
                self.place += 1;
                self.backlog = Backlog::default();
                self.again = None;
                false
            }
        }
    }

    /// Puts the broken file aside and starts with an empty one; the second time, or if that fails too, in memory.
    pub(super) fn begin_anew(&mut self) {
        self.place += 1;
        if let Some(connection) = self.connection.take() {
            // The broken file is kept as it is found: closing it must not write to it.
            let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        }
        let readers = self.readers.clone();
        if matches!(self.lasting, Some(Concern::PutAside(_) | Concern::Salvaged(_))) {
            readers.while_shut(|| self.go_to_memory(Mode::Memory, Concern::Memory(self.home.clone())));
            return;
        }
        readers.while_shut(|| {
            let path = self.home.join(self.plan.file);
            match open::put_aside(&self.plan, &self.home, self.now) {
                Ok(folder) => match open::on_disk(&self.plan, &path) {
                    Ok(mut connection) => {
                        // The cache is fetched again instead.
                        let rows = match self.plan.which {
                            Which::Ours => salvage(&folder.join(self.plan.file), &mut connection),
                            Which::Cache => 0,
                        };
                        self.connection = Some(connection);
                        self.mode = Mode::Disk;
                        self.lasting =
                            Some(if rows > 0 { Concern::Salvaged(folder) } else { Concern::PutAside(folder) });
                    }
                    Err(refusal) => {
                        tracing::error!(?refusal, file = self.plan.file, "no new database could be made");
                        self.go_to_memory(Mode::Memory, Concern::PutAside(folder));
                    }
                },
                Err(error) => {
                    tracing::error!(%error, file = self.plan.file, "a broken database could not be put aside");
                    self.go_to_memory(Mode::Memory, Concern::Memory(self.home.clone()));
                }
            }
        });
    }

    /// Goes on in memory, with what `connection` holds if that is in memory already, else with nothing.
    fn go_to_memory(&mut self, mode: Mode, why: Concern) {
        if self.connection.is_none() {
            self.connection = open::in_memory(&self.plan)
                .inspect_err(|error| tracing::error!(%error, "not even memory can be had"))
                .ok();
        }
        self.mode = mode;
        self.lasting = Some(why);
        self.readers.set_by_writer(true);
    }
}
