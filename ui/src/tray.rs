//! What stands in a composer besides words: pictures, those still being read, and files that could not be attached. How they come in
//! is `attaching`, how they look `attachments`; what they are is decided by the engine, from their bytes.

use leptos::{prelude::*, task::spawn_local};
use model::{
    Attached, Attachment, ConversationId, Failure, ImageId, Refused,
    command::{Attach, ChooseImages, Detach, PasteImages, Reorder},
};
use wasm_bindgen::{JsCast, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FileReader};

use crate::ipc;

/// The pictures of one composer. Cloning gives another handle to the same.
#[derive(Clone)]
pub struct Tray {
    conversation: ConversationId,
    attachments: ArcRwSignal<Vec<Attachment>>,
    reading: ArcRwSignal<Vec<String>>,
    /// How often the engine was asked for pictures and has not answered: a chooser is open, or what was chosen is being read.
    asked: ArcRwSignal<u32>,
    refused: ArcRwSignal<Vec<Refused>>,
    failure: ArcRwSignal<Option<Failure>>,
}

impl Tray {
    /// Nothing attached yet. What the engine cannot do at all is told in `failure`.
    pub fn new(conversation: ConversationId, failure: ArcRwSignal<Option<Failure>>) -> Self {
        Self {
            conversation,
            attachments: ArcRwSignal::default(),
            reading: ArcRwSignal::default(),
            asked: ArcRwSignal::default(),
            refused: ArcRwSignal::default(),
            failure,
        }
    }

    /// Tracked: what goes with the next message, in order.
    pub fn attachments(&self) -> Vec<Attachment> {
        self.attachments.get()
    }

    /// Tracked: the names of files that are being read.
    pub fn reading(&self) -> Vec<String> {
        self.reading.get()
    }

    /// Tracked: what could not be attached, and why.
    pub fn refused(&self) -> Vec<Refused> {
        self.refused.get()
    }

    /// Tracked: there is something to send, and nothing is still being read.
    pub fn is_ready(&self) -> bool {
        !self.is_reading() && self.attachments.with(|attachments| !attachments.is_empty())
    }

    /// Tracked: something is still being read.
    pub fn is_reading(&self) -> bool {
        self.is_asking() || self.reading.with(|reading| !reading.is_empty())
    }

    /// Tracked: the engine was asked for pictures and has not answered.
    pub fn is_asking(&self) -> bool {
        self.asked.get() > 0
    }

    /// The user read what could not be attached.
    pub fn dismiss(&self) {
        self.refused.update(Vec::clear);
    }

    /// Takes in all that stands here, and what was refused just now.
    pub fn take_in(&self, attachments: Vec<Attachment>, refused: Vec<Refused>) {
        if *self.attachments.read_untracked() != attachments {
            self.attachments.set(attachments);
        }
        if !refused.is_empty() {
            self.refused.update(|known| known.extend(refused));
        }
    }

    /// Attaches files that the page itself was given, one after the other.
    pub fn attach(&self, files: Vec<(String, File)>) {
        self.dismiss();
        self.reading.update(|reading| reading.extend(files.iter().map(|(name, _)| name.clone())));
        let tray = self.clone();
        spawn_local(async move {
            for (name, file) in files {
                let conversation = tray.conversation.clone();
                match base64(&file).await {
                    Some(base64) => {
                        tray.answered(ipc::call(Attach { conversation, name: name.clone(), base64 }).await);
                    }
                    None => tray.refused.update(|refused| {
                        refused.push(Refused { name: name.clone(), why: "It could not be read.".to_owned() });
                    }),
                }
                tray.reading.update(|reading| {
                    if let Some(at) = reading.iter().position(|other| *other == name) {
                        reading.remove(at);
                    }
                });
            }
        });
    }

    /// Attaches what is in the clipboard, which the engine reads; true if there was something to attach or to refuse.
    pub async fn paste(&self) -> bool {
        self.dismiss();
        self.asked.update(|asked| *asked += 1);
        let answer = ipc::call(PasteImages { conversation: self.conversation.clone() }).await;
        self.asked.update(|asked| *asked -= 1);
        self.answered(answer)
    }

    /// Lets the user choose files.
    pub fn choose(&self) {
        self.dismiss();
        self.asked.update(|asked| *asked += 1);
        let tray = self.clone();
        spawn_local(async move {
            let answer = ipc::call(ChooseImages { conversation: tray.conversation.clone() }).await;
            tray.asked.update(|asked| *asked -= 1);
            tray.answered(answer);
        });
    }

    /// Takes one out.
    pub fn detach(&self, image: &ImageId) {
        self.attachments.update(|attachments| attachments.retain(|other| other.id != *image));
        let tray = self.clone();
        let command = Detach { conversation: self.conversation.clone(), image: image.clone() };
        spawn_local(async move { tray.listed(ipc::call(command).await) });
    }

    /// Puts one at another place, for now only on the page: see [`Tray::keep_order`]. False: it stands there.
    pub fn put_at(&self, image: &ImageId, to: usize) -> bool {
        let Some(from) = self.place_of(image) else { return false };
        let to = to.min(self.attachments.read_untracked().len() - 1);
        if from != to {
            self.attachments.update(|attachments| {
                let moved = attachments.remove(from);
                attachments.insert(to, moved);
            });
        }
        from != to
    }

    /// Where one stands, from 0.
    pub fn place_of(&self, image: &ImageId) -> Option<usize> {
        self.attachments.read_untracked().iter().position(|other| other.id == *image)
    }

    /// Tells the engine the order on the page.
    pub fn keep_order(&self) {
        let images = self.attachments.read_untracked().iter().map(|attachment| attachment.id.clone()).collect();
        let tray = self.clone();
        let command = Reorder { conversation: self.conversation.clone(), images };
        spawn_local(async move { tray.listed(ipc::call(command).await) });
    }

    /// Empties it: what stood in it goes out.
    pub fn take(&self) -> Vec<Attachment> {
        self.dismiss();
        let taken = self.attachments.get_untracked();
        if !taken.is_empty() {
            self.attachments.set(Vec::new());
        }
        taken
    }

    /// What did not go out stands before what came since.
    pub fn bring_back(&self, taken: Vec<Attachment>) {
        self.attachments.update(|attachments| {
            attachments.retain(|other| taken.iter().all(|back| back.id != other.id));
            attachments.splice(0..0, taken);
        });
    }

    fn answered(&self, answer: Result<Attached, Failure>) -> bool {
        match answer {
            Ok(attached) => {
                let came = !attached.added.is_empty() || !attached.refused.is_empty();
                self.take_in(attached.attachments, attached.refused);
                came
            }
            Err(failure) => {
                self.failure.set(Some(failure));
                true
            }
        }
    }

    fn listed(&self, answer: Result<Vec<Attachment>, Failure>) {
        match answer {
            Ok(attachments) => self.take_in(attachments, Vec::new()),
            Err(failure) => self.failure.set(Some(failure)),
        }
    }
}

/// A file's bytes; none where the page cannot read it, as with a folder.
async fn base64(file: &File) -> Option<String> {
    let reader = FileReader::new().ok()?;
    let ended = js_sys::Promise::new(&mut |done, failed| {
        let done = Closure::once_into_js(move || done.call0(&wasm_bindgen::JsValue::NULL));
        let failed = Closure::once_into_js(move || failed.call0(&wasm_bindgen::JsValue::NULL));
        reader.set_onload(Some(done.unchecked_ref()));
        reader.set_onerror(Some(failed.unchecked_ref()));
    });
    reader.read_as_data_url(file).ok()?;
    JsFuture::from(ended).await.ok()?;
    // "data:image/png;base64,iVBOR…"; of an empty file only "data:".
    let address = reader.result().ok()?.as_string()?;
    Some(address.split_once(',').map(|(_, bytes)| bytes.to_owned()).unwrap_or_default())
}
