//! Throwing away what nobody names any more: pictures that no item, composer or message on its way refers to, and the oldest views
//! beyond what they may take.

use std::{
    collections::HashSet,
    fs,
    sync::Arc,
    time::{Duration, SystemTime},
};

use model::ImageId;

use super::blobs::{Blobs, is_name};
use crate::house::House;

/// The first time after the start, when the window has other things to wait for.
const FIRST: Duration = Duration::from_secs(60);
/// How often.
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// What is younger may be about to be named.
const YOUNG: Duration = Duration::from_secs(10 * 60);
/// All views together.
const MOST_VIEWS: u64 = 256 << 20;

/// Tidies now and then, for as long as the app runs.
pub(crate) async fn keep_tidy(house: Arc<House>) {
    tokio::time::sleep(FIRST).await;
    loop {
        tidy(&house).await;
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = house.images.untidy.notified() => {}
        }
    }
}

/// Tidies once.
async fn tidy(house: &Arc<House>) {
    // If it cannot be told what is named, nothing is thrown away.
    let Ok(mut named) = house.store.named_images().await else { return };
    match house.store.all_unsent().await {
        Ok(unsent) => named.extend(unsent.into_iter().flat_map(|words| words.images)),
        Err(_) => return,
    }
    named.extend(house.images.unwritten.lock().keys().cloned());
    let blobs = Arc::clone(&house.images.blobs);
    let tidied = house.tasks.spawn_blocking(move || throw_away(&blobs, &named, SystemTime::now())).await;
    if let Ok(Err(error)) = tidied {
        tracing::info!(%error, "the images are not tidied");
    }
}

fn throw_away(blobs: &Blobs, named: &HashSet<ImageId>, now: SystemTime) -> std::io::Result<()> {
    let is_young = |at: SystemTime| now.duration_since(at).unwrap_or_default() < YOUNG;
    let mut gone = HashSet::new();
    for entry in blobs.list()? {
        if !named.contains(&entry.image) && !is_young(entry.at) {
            fs::remove_file(&entry.path)?;
            gone.insert(entry.image);
        }
    }
    let mut views = blobs.list_views()?;
    views.sort_by_key(|view| std::cmp::Reverse(view.at));
    let mut room = MOST_VIEWS;
    for view in views {
        let fits = view.bytes <= room;
        room = room.saturating_sub(view.bytes);
        if !fits || gone.contains(&view.image) || (!is_name(&view.image) && !is_young(view.at)) {
            fs::remove_file(&view.path)?;
        }
    }
    if !gone.is_empty() {
        tracing::info!(images = gone.len(), "threw away images that nothing names");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::blobs::name;

    #[test]
    fn what_is_named_or_young_stays_and_the_rest_goes_with_its_views() {
        let home = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(home.path());
        let (named, unnamed) = (name(b"named"), name(b"unnamed"));
        for (image, bytes) in [(&named, b"named".as_slice()), (&unnamed, b"unnamed")] {
            blobs.put(image, bytes).unwrap();
            blobs.put_view(image, 320, b"view").unwrap();
        }
        fs::write(home.path().join("images/fresh-x"), b"half").unwrap();
        let is_named = HashSet::from([named.clone()]);
        throw_away(&blobs, &is_named, SystemTime::now()).unwrap();
        assert_eq!(blobs.list().unwrap().len(), 3, "all of it is young");
        throw_away(&blobs, &is_named, SystemTime::now() + YOUNG).unwrap();
        let left: Vec<ImageId> = blobs.list().unwrap().into_iter().map(|entry| entry.image).collect();
        assert!(left.iter().eq([&named]));
        assert!(blobs.view(&named, 320).is_some() && blobs.view(&unnamed, 320).is_none());
    }
}
