//! What the user must know about the disk, in words. Which of it holds is found in `open.rs` and `database.rs`.

use std::{fmt, path::PathBuf};

/// One of the two databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// What can be had again.
    Cache,
    /// What only we have.
    Ours,
}

/// An ill of a database file or of the disk under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ill {
    /// Not a database, or a damaged one.
    Broken,
    /// No room.
    Full,
    /// Reading or writing fails for another reason.
    Failing,
    /// Another program holds it.
    Held,
    /// It may not be written.
    Locked,
}

/// Something about one database that the user must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Concern {
    /// It could not be read, lies in this folder now, and an empty one took its place.
    PutAside(PathBuf),
    /// It was damaged and lies in this folder now; what could be read of it was taken over.
    Salvaged(PathBuf),
    /// It was made by a newer version.
    Newer,
    /// Bringing it up to date failed. The file is as it was.
    NotMigrated,
    /// Nothing can be kept in this folder: all is in memory until the app ends.
    Memory(PathBuf),
    /// Nothing can be kept in this folder now: all is in memory until it can.
    Away(Ill, PathBuf),
    /// Writing fails now and is tried again.
    Waiting(Ill),
}

/// What the user must know about the disk. Displayed in the user's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    concerns: Vec<(Which, Concern)>,
}

impl Warning {
    /// Of all that concerns the two databases; none if nothing does.
    pub(super) fn of(concerns: impl IntoIterator<Item = (Which, Concern)>) -> Option<Self> {
        let mut all: Vec<(Which, Concern)> = Vec::new();
        for (which, concern) in concerns {
            // What is wrong with the folder is said once, not once for each file in it.
            let said = all.iter().any(|(_, other)| *other == concern && concern.is_of_the_disk());
            if !said {
                all.push((which, concern));
            }
        }
        (!all.is_empty()).then_some(Self { concerns: all })
    }
}

impl Concern {
    fn is_of_the_disk(&self) -> bool {
        match self {
            Self::Memory(_) | Self::Away(..) | Self::Waiting(_) => true,
            Self::PutAside(_) | Self::Salvaged(_) | Self::Newer | Self::NotMigrated => false,
        }
    }

    fn words(&self, which: Which) -> String {
        match (self, which) {
            (Self::PutAside(folder), Which::Cache) => format!(
                "The saved conversations could not be read. They were put aside in {} and are fetched again from the server.",
                folder.display()
            ),
            (Self::PutAside(folder), Which::Ours) => format!(
                "The list of servers, drafts and settings could not be read. They were put aside in {}. Connect again to go on.",
                folder.display()
            ),
            (Self::Salvaged(folder), _) => format!(
                "The file with the list of servers, drafts and settings was damaged. What could be read of it was kept; the \
                 file was put aside in {}.",
                folder.display()
            ),
            (Self::Newer, Which::Cache) => {
                "The saved conversations were made by a newer Tertulia. They can be read, but \
                nothing new is saved. Update Tertulia to go on."
                    .to_owned()
            }
            (Self::Newer, Which::Ours) => {
                "The list of servers, drafts and settings was made by a newer Tertulia. They can \
                be read, but not changed. Update Tertulia to go on."
                    .to_owned()
            }
            (Self::NotMigrated, Which::Cache) => {
                "The saved conversations could not be brought up to date and were left \
                as they are. What is new is forgotten when Tertulia ends."
                    .to_owned()
            }
            (Self::NotMigrated, Which::Ours) => {
                "The list of servers, drafts and settings could not be brought up to date \
                and was left as it is. What is new is forgotten when Tertulia ends."
                    .to_owned()
            }
            (Self::Memory(folder), _) => {
                format!("Tertulia cannot use {}. What is new is forgotten when Tertulia ends.", folder.display())
            }
            (Self::Away(ill, folder), _) => {
                let cause = match ill {
                    Ill::Broken | Ill::Failing => "Tertulia cannot use",
                    Ill::Full => "There is no room on the disk of",
                    Ill::Held => "Another program holds the files in",
                    Ill::Locked => "Tertulia cannot write to",
                };
                format!(
                    "{cause} {}. What is new is kept in memory until that is mended, and lost if Tertulia ends before.",
                    folder.display()
                )
            }
            (Self::Waiting(ill), _) => {
                let cause = match ill {
                    Ill::Full => "The disk is full",
                    Ill::Broken | Ill::Failing => "The disk does not take what is written",
                    Ill::Held => "Another program holds Tertulia's files",
                    Ill::Locked => "Tertulia may not write to its folder",
                };
                format!("{cause}. What is new is kept in memory and saved as soon as it can be.")
            }
        }
    }
}

impl Ill {
    /// The cause in a few words, for an error.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Broken => "the file is damaged",
            Self::Full => "the disk is full",
            Self::Failing => "the disk does not take it",
            Self::Held => "another program holds the file",
            Self::Locked => "the file may not be written",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (which, concern)) in self.concerns.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            f.write_str(&concern.words(*which))?;
        }
        Ok(())
    }
}
