//! Where everything the app keeps is. What is in it belongs to the rooms that write it: databases to the engine, `logs` to
//! `log.rs`, `lock` to `lock.rs`, `window.json` to `window.rs`.

use std::{env, ffi::OsString, fs, io, path::PathBuf};

/// The app's folder.
pub struct Home {
    /// Absolute where the system told us where data belongs.
    pub folder: PathBuf,
}

impl Home {
    /// `TERTULIA_HOME`, else a folder of our own in the platform's data folder.
    pub fn find() -> Self {
        Self { folder: chosen(env::var_os("TERTULIA_HOME"), dirs::data_local_dir()) }
    }

    /// Makes the folder, for this user only. That it cannot be made (a read-only disk) is no reason not to start: the engine says it.
    ///
    /// # Errors
    /// Why the folder is not there now.
    pub fn make(&self) -> io::Result<()> {
        if self.folder.is_dir() {
            return Ok(());
        }
        let mut folder = fs::DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.create(&self.folder)
    }
}

fn chosen(asked: Option<OsString>, platform: Option<PathBuf>) -> PathBuf {
    match (asked.filter(|asked| !asked.is_empty()), platform) {
        (Some(asked), _) => PathBuf::from(asked),
        (None, Some(platform)) => platform.join(if cfg!(target_os = "linux") { "tertulia" } else { "Tertulia" }),
        // No home at all: a place that every user has, and that is gone one day.
        (None, None) => env::temp_dir().join("tertulia"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_wins_unless_it_is_empty() {
        let platform = || Some(PathBuf::from("/data"));
        assert_eq!(chosen(Some("/mine".into()), platform()), PathBuf::from("/mine"));
        assert!(chosen(Some("".into()), platform()).starts_with("/data"));
        assert!(chosen(None, None).starts_with(env::temp_dir()));
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_is_for_this_user_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let temp = tempfile::tempdir().unwrap();
        let home = Home { folder: temp.path().join("a").join("b") };
        home.make().unwrap();
        assert_eq!(fs::metadata(&home.folder).unwrap().permissions().mode() & 0o777, 0o700);
        home.make().unwrap();
    }
}
