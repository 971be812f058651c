//! Files that the user chose, dropped or copied: read as far as they may be, or refused by name.

use std::{fs::File, io::Read as _, path::Path};

use pictures::{Limits, Refusal};

/// Something that is to become a picture.
pub(super) struct Given {
    /// What it is called.
    pub name: String,
    /// Its bytes, or why there are none, in the user's words.
    pub bytes: Result<Vec<u8>, String>,
}

/// The longest name that is shown, in letters.
const LONGEST_NAME: usize = 120;

/// Reads a file. Blocking.
pub(super) fn read(path: &Path) -> Given {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    Given { name: named(&name), bytes: bytes(path) }
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "The file is no longer there.".to_owned(),
        std::io::ErrorKind::PermissionDenied => "Tertulia may not read this file.".to_owned(),
        _ => "The file could not be read.".to_owned(),
    };
    let there = std::fs::metadata(path).map_err(unreadable)?;
    if there.is_dir() {
        return Err("This is a folder. Choose the images in it.".to_owned());
    }
    if !there.is_file() {
        return Err("This is not a file.".to_owned());
    }
    let most = Limits::MESSAGE.most_in;
    if there.len() > most {
        return Err(Refusal::TooLarge { bytes: there.len(), most }.to_string());
    }
    let mut bytes = Vec::new();
    // One more than may be shows that it grew meanwhile.
    File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    Ok(bytes)
}

/// A file's name as it can be shown: without anything invisible, not endless.
pub(super) fn named(name: &str) -> String {
    let name: String = markdown::visible(name).chars().filter(|letter| !letter.is_control()).collect();
    let name = name.trim();
    if name.is_empty() {
        return "Image".to_owned();
    }
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let given = read(folder.path());
        assert_eq!(given.bytes, Err("This is a folder. Choose the images in it.".to_owned()));
        let given = read(&folder.path().join("gone.png"));
        assert_eq!((given.name.as_str(), given.bytes), ("gone.png", Err("The file is no longer there.".to_owned())));
        let large = folder.path().join("large.png");
        File::create(&large).unwrap().set_len(41_000_000).unwrap();
        assert_eq!(read(&large).bytes, Err("It has 41 MB; up to 40 MB can be taken.".to_owned()));
        #[cfg(unix)]
        assert_eq!(read(Path::new("/dev/zero")).bytes, Err("This is not a file.".to_owned()));
    }

    #[test]
    fn names_are_shown_as_they_can_be_read() {
        assert_eq!(named("garden.jpg"), "garden.jpg");
        assert_eq!(named("  \n"), "Image");
        assert_eq!(named(&"x".repeat(500)).chars().count(), LONGEST_NAME + 1);
        assert!(!named("a\u{202e}gpj.exe").contains('\u{202e}'));
    }
}
