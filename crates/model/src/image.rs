//! Pictures as the window knows them: by the hash of their bytes, never by their bytes. Where they are kept is `engine::images`; the
//! window shows them as `image://localhost/<id>`, smaller ones as `image://localhost/<id>?size=320`.

use serde::{Deserialize, Serialize};

use crate::ImageId;

/// The most pictures that go with one message.
pub const MOST_IMAGES: usize = 10;

/// A picture that is kept on this computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Its name: the hash of its bytes.
    pub image: ImageId,
    /// What it is, by its bytes and not by what was declared: `image/png`, `image/jpeg`, `image/webp` or `image/gif`.
    pub media_type: String,
    /// In pixels, as it is to be seen.
    pub width: u32,
    /// In pixels, as it is to be seen.
    pub height: u32,
    /// Its size on disk.
    pub bytes: u64,
}

/// A picture that stands in a composer and goes with the next message. It survives a restart, as the draft does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The hash of the bytes that will be sent.
    pub id: ImageId,
    /// The name of its file; "Pasted image" where it has none.
    pub name: String,
    /// As it will be sent.
    pub media_type: String,
    /// In pixels, as it will be sent.
    pub width: u32,
    /// In pixels, as it will be sent.
    pub height: u32,
    /// As it will be sent.
    pub bytes: u64,
    /// As it was given.
    pub was_bytes: u64,
    /// What was changed, in the user's words: "Scaled to 2 048 × 1 536, 1.2 MB". None: nothing that one could see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Something that was to be attached and was not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The name of its file.
    pub name: String,
    /// Why not, in the user's words: "This is a web page, not an image."
    pub why: String,
}

/// Reply to [`crate::command::Attach`], [`crate::command::PasteImages`] and [`crate::command::ChooseImages`]. All empty: the
/// clipboard has no image, or nothing was chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// What came to it, in order.
    pub added: Vec<Attachment>,
    /// What did not.
    pub refused: Vec<Refused>,
    /// All that stand in this composer now, in order.
    pub attachments: Vec<Attachment>,
}

/// A picture on the web that the reader asked for, and that is kept here since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loaded {
    /// Where it was, exactly as the message says: every place of this conversation that names it may show it.
    pub url: String,
    /// As it is kept here.
    pub picture: Picture,
}
