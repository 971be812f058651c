//! Pictures as files in one folder, each named by the hash of its bytes: written whole or not at all, and read only as they were
//! written. Beside them the views that were made of them, which can be made again.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use model::ImageId;
use sha2::{Digest as _, Sha256};

/// The folder of pictures.
pub(super) struct Blobs {
    folder: PathBuf,
}

/// A file in it.
pub(super) struct Entry {
    pub image: ImageId,
    pub path: PathBuf,
    pub bytes: u64,
    /// When it was last kept.
    pub at: SystemTime,
}

/// The name of bytes.
pub(super) fn name(bytes: &[u8]) -> ImageId {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

/// Whether this can be the name of a picture, and so of a file.
pub(super) fn is_name(image: &ImageId) -> bool {
    let name = image.as_str();
    name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl Blobs {
    pub(super) fn new(home: &Path) -> Self {
        Self { folder: home.join("images") }
    }

    fn file(&self, image: &ImageId) -> Option<PathBuf> {
        is_name(image).then(|| self.folder.join(image.as_str()))
    }

    fn views(&self) -> PathBuf {
        self.folder.join("views")
    }

    fn view_file(&self, image: &ImageId, longest: u32) -> Option<PathBuf> {
        is_name(image).then(|| self.views().join(format!("{image}-{longest}")))
    }

    /// Keeps bytes. Those that are kept already are only marked as young. When it returns they are on the disk.
    pub(super) fn put(&self, image: &ImageId, bytes: &[u8]) -> io::Result<()> {
        let Some(file) = self.file(image) else { return Err(io::ErrorKind::InvalidInput.into()) };
        if fs::metadata(&file).is_ok_and(|there| there.len() == bytes.len() as u64) {
            // Not being marked, it may be thrown away a little early.
            let _ = File::options().append(true).open(&file).and_then(|there| there.set_modified(SystemTime::now()));
            return Ok(());
        }
        make_folder(&self.folder)?;
        write_whole(&file, bytes, true)
    }

    /// The bytes of a picture. One that is not as it was written is taken away, so that it can be kept anew.
    pub(super) fn get(&self, image: &ImageId) -> io::Result<Option<Vec<u8>>> {
        let Some(file) = self.file(image) else { return Ok(None) };
        let bytes = match fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if name(&bytes) == *image {
            return Ok(Some(bytes));
        }
        tracing::warn!(%image, "an image was damaged on the disk");
        fs::remove_file(&file)?;
        Ok(None)
    }

    /// A view that was made before.
    pub(super) fn view(&self, image: &ImageId, longest: u32) -> Option<Vec<u8>> {
        fs::read(self.view_file(image, longest)?).ok()
    }

    /// Keeps a view. It can be made again: nothing waits for the disk.
    pub(super) fn put_view(&self, image: &ImageId, longest: u32, bytes: &[u8]) -> io::Result<()> {
        let Some(file) = self.view_file(image, longest) else { return Err(io::ErrorKind::InvalidInput.into()) };
        make_folder(&self.views())?;
        write_whole(&file, bytes, false)
    }

    /// Every picture that is kept.
    pub(super) fn list(&self) -> io::Result<Vec<Entry>> {
        entries(&self.folder)
    }

    /// Every view.
    pub(super) fn list_views(&self) -> io::Result<Vec<Entry>> {
        entries(&self.views())
    }
}

/// The files in a folder that are named as pictures or their views are; none if there is no folder.
fn entries(folder: &Path) -> io::Result<Vec<Entry>> {
    let listed = match fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut entries = Vec::new();
    for entry in listed {
        let entry = entry?;
        let there = entry.metadata()?;
        let file_name = entry.file_name().to_string_lossy().into_owned();
        let image = ImageId::from(file_name.split('-').next().unwrap_or_default());
        // What was being written when the app ended is named otherwise, and goes when it is old.
        let is_ours = is_name(&image) || file_name.starts_with(FRESH);
        if is_ours && there.is_file() {
            let at = there.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            entries.push(Entry { image, path: entry.path(), bytes: there.len(), at });
        }
    }
    Ok(entries)
}

/// What is being written.
const FRESH: &str = "fresh-";

/// A file is there whole, or as it was before.
fn write_whole(file: &Path, bytes: &[u8], lasting: bool) -> io::Result<()> {
    let folder = file.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let fresh = folder.join(format!("{FRESH}{}", uuid::Uuid::new_v4()));
    let write = || -> io::Result<()> {
        let mut new = File::create(&fresh)?;
        new.write_all(bytes)?;
        if lasting {
            new.sync_all()?;
        }
        fs::rename(&fresh, file)?;
        if lasting {
            sync(folder)?;
        }
        Ok(())
    };
    write().inspect_err(|_| {
        // Nothing is left of what could not be written.
        let _ = fs::remove_file(&fresh);
    })
}

/// The new name is on the disk too.
#[cfg(unix)]
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The system sees to it by itself.
#[cfg(not(unix))]
fn sync(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The user's alone where the system knows that.
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_as_it_was_or_not_at_all() {
        let home = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(home.path());
        let image = name(b"bytes");
        assert_eq!(blobs.get(&image).unwrap(), None);
        blobs.put(&image, b"bytes").unwrap();
        blobs.put(&image, b"bytes").unwrap();
        assert_eq!(blobs.get(&image).unwrap().as_deref(), Some(b"bytes".as_slice()));
        assert_eq!(blobs.list().unwrap().len(), 1, "once, and nothing half-written beside it");
        fs::write(blobs.file(&image).unwrap(), b"bytez").unwrap();
        assert_eq!(blobs.get(&image).unwrap(), None, "damaged on the disk");
        assert!(blobs.list().unwrap().is_empty());
        blobs.put(&image, b"bytes").unwrap();
        assert!(blobs.get(&image).unwrap().is_some());
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("secret"), b"key").unwrap();
        let blobs = Blobs::new(home.path());
        let capital = name(b"x").as_str().to_uppercase();
        for bad in ["../secret", "/etc/passwd", "", "..", &"a".repeat(63), &"g".repeat(64), &capital, "a/b"] {
            let bad = ImageId::from(bad);
            assert_eq!(blobs.get(&bad).unwrap(), None);
            assert!(blobs.put(&bad, b"x").is_err());
            assert_eq!(blobs.view(&bad, 320), None);
            assert!(blobs.put_view(&bad, 320, b"x").is_err());
        }
    }

    #[test]
    fn what_was_being_written_at_the_end_is_seen_as_rubbish_and_not_as_a_picture() {
        let home = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(home.path());
        blobs.put(&name(b"a"), b"a").unwrap();
        fs::write(home.path().join("images").join("fresh-1"), b"half").unwrap();
        fs::write(home.path().join("images").join("notes.txt"), b"mine").unwrap();
        let listed = blobs.list().unwrap();
        assert_eq!(listed.len(), 2);
        assert_eq!(listed.iter().filter(|entry| is_name(&entry.image)).count(), 1);
    }
}
