//! Where keys are kept: the trait that the app's keychain fulfils, one in memory, and the guard that gives a keychain its time
//! limit. Keys are `SecretString`: they cannot print themselves. Never a file.

use std::{collections::HashMap, sync::Arc, time::Duration};

use model::ProfileId;
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};

/// A place for keys. Blocking: the engine calls it on a worker, with a time limit (a Secret Service that is being started by D-Bus
/// may block for two minutes).
pub trait Secrets: Send + Sync {
    /// The key of a profile, if one is kept.
    ///
    /// # Errors
    /// Why the keychain could not be read, in the user's words.
    fn get(&self, profile: &ProfileId) -> Result<Option<SecretString>, String>;

    /// Keeps a key, in place of the one before.
    ///
    /// # Errors
    /// Why it could not be kept, in the user's words.
    fn set(&self, profile: &ProfileId, key: &SecretString) -> Result<(), String>;

    /// Forgets a key. None kept is no error.
    ///
    /// # Errors
    /// Why it could not be forgotten, in the user's words.
    fn remove(&self, profile: &ProfileId) -> Result<(), String>;

    /// Whether keys kept here outlive the app. Proved by keeping, reading and forgetting one.
    ///
    /// # Errors
    /// Why not, in the user's words: "This computer has no keychain that Tertulia can use."
    fn available(&self) -> Result<(), String> {
        let probe = ProfileId::from("tertulia-probe");
        let written = uuid::Uuid::new_v4().to_string();
        self.set(&probe, &SecretString::from(written.clone()))?;
        let read = self.get(&probe)?;
        self.remove(&probe)?;
        match read {
            Some(read) if read.expose_secret() == written => Ok(()),
            Some(_) | None => Err("The keychain did not give back what was kept in it.".to_owned()),
        }
    }

    /// True where the user chose beforehand that keys are kept in memory only (`TERTULIA_SECRETS=memory`): then it is shown, but not
    /// asked again when a key is entered.
    fn forgetful_by_choice(&self) -> bool {
        false
    }
}

/// Keys until the app ends.
#[derive(Default)]
pub struct MemorySecrets {
    keys: Mutex<HashMap<ProfileId, SecretString>>,
}

impl Secrets for MemorySecrets {
    fn get(&self, profile: &ProfileId) -> Result<Option<SecretString>, String> {
        Ok(self.keys.lock().get(profile).cloned())
    }

    fn set(&self, profile: &ProfileId, key: &SecretString) -> Result<(), String> {
        self.keys.lock().insert(profile.clone(), key.clone());
        Ok(())
    }

    fn remove(&self, profile: &ProfileId) -> Result<(), String> {
        self.keys.lock().remove(profile);
        Ok(())
    }

    fn available(&self) -> Result<(), String> {
        Err("Keys are kept until Tertulia closes.".to_owned())
    }

    fn forgetful_by_choice(&self) -> bool {
        true
    }
}

/// The keychain behind its time limit, with a memory beside it for keys that the user agreed not to save.
pub(crate) struct Keys {
    keychain: Arc<dyn Secrets>,
    memory: MemorySecrets,
    limit: Duration,
    available: tokio::sync::OnceCell<Result<(), String>>,
}

impl Keys {
    pub(crate) fn new(keychain: Arc<dyn Secrets>, limit: Duration) -> Self {
        Self { keychain, memory: MemorySecrets::default(), limit, available: tokio::sync::OnceCell::new() }
    }

    /// Whether keys outlive the app. Asked of the keychain once.
    pub(crate) async fn available(&self) -> Result<(), String> {
        self.available.get_or_init(|| self.on_worker(|keychain| keychain.available())).await.clone()
    }

    /// Whether a key may be kept without asking first.
    pub(crate) async fn may_keep(&self) -> Result<(), String> {
        match self.available().await {
            Ok(()) => Ok(()),
            Err(_) if self.keychain.forgetful_by_choice() => Ok(()),
            Err(why) => Err(why),
        }
    }

    /// The key of a profile: from memory first, because that is the newer one where both exist.
    pub(crate) async fn get(&self, profile: &ProfileId) -> Result<Option<SecretString>, String> {
        if let Some(key) = self.memory.get(profile)? {
            return Ok(Some(key));
        }
        let profile = profile.clone();
        self.on_worker(move |keychain| keychain.get(&profile)).await
    }

    pub(crate) async fn keep(&self, profile: &ProfileId, key: SecretString) -> Result<(), String> {
        self.memory.remove(profile)?;
        let profile = profile.clone();
        self.on_worker(move |keychain| keychain.set(&profile, &key)).await
    }

    /// Keeps a key until the app ends, and never in the keychain.
    pub(crate) fn keep_in_memory(&self, profile: &ProfileId, key: &SecretString) -> Result<(), String> {
        self.memory.set(profile, key)
    }

    pub(crate) async fn remove(&self, profile: &ProfileId) -> Result<(), String> {
        self.memory.remove(profile)?;
        let profile = profile.clone();
        self.on_worker(move |keychain| keychain.remove(&profile)).await
    }

    /// Runs one blocking call on a worker. After the limit the worker is left to itself: a call into the keychain cannot be ended.
    async fn on_worker<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn Secrets) -> Result<T, String> + Send + 'static,
    ) -> Result<T, String> {
        let keychain = Arc::clone(&self.keychain);
        let work = tokio::task::spawn_blocking(move || call(keychain.as_ref()));
        match tokio::time::timeout(self.limit, work).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err("The keychain could not be used.".to_owned()),
            Err(_) => Err("The keychain did not answer.".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Keychain(MemorySecrets);

    impl Secrets for Keychain {
        fn get(&self, profile: &ProfileId) -> Result<Option<SecretString>, String> {
            self.0.get(profile)
        }
        fn set(&self, profile: &ProfileId, key: &SecretString) -> Result<(), String> {
            self.0.set(profile, key)
        }
        fn remove(&self, profile: &ProfileId) -> Result<(), String> {
            self.0.remove(profile)
        }
    }

    struct Stuck;

    impl Secrets for Stuck {
        fn get(&self, _: &ProfileId) -> Result<Option<SecretString>, String> {
            std::thread::sleep(Duration::from_millis(300));
            Ok(None)
        }
        fn set(&self, _: &ProfileId, _: &SecretString) -> Result<(), String> {
            std::thread::sleep(Duration::from_millis(300));
            Ok(())
        }
        fn remove(&self, _: &ProfileId) -> Result<(), String> {
            Ok(())
        }
    }

    fn key(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    #[tokio::test]
    async fn a_keychain_is_proved_by_keeping_reading_and_forgetting() {
        let keychain = Arc::new(Keychain::default());
        let keys = Keys::new(Arc::clone(&keychain) as Arc<dyn Secrets>, Duration::from_secs(3));
        assert_eq!(keys.available().await, Ok(()));
        assert!(keychain.0.keys.lock().is_empty(), "the probe is forgotten again");
    }

    #[tokio::test]
    async fn a_keychain_that_does_not_answer_counts_as_missing() {
        let keys = Keys::new(Arc::new(Stuck), Duration::from_millis(20));
        assert_eq!(keys.available().await, Err("The keychain did not answer.".to_owned()));
        assert!(keys.may_keep().await.is_err());
    }

    #[tokio::test]
    async fn a_key_for_this_run_only_never_reaches_the_keychain() {
        let keychain = Arc::new(Keychain::default());
        let keys = Keys::new(Arc::clone(&keychain) as Arc<dyn Secrets>, Duration::from_secs(3));
        let profile = ProfileId::from("p");
        keys.keep_in_memory(&profile, &key("canary")).unwrap();
        assert_eq!(keys.get(&profile).await.unwrap().unwrap().expose_secret(), "canary");
        assert!(keychain.0.keys.lock().is_empty());
        keys.keep(&profile, key("saved")).await.unwrap();
        assert_eq!(keys.get(&profile).await.unwrap().unwrap().expose_secret(), "saved");
        keys.remove(&profile).await.unwrap();
        assert!(keys.get(&profile).await.unwrap().is_none());
    }

    #[test]
    fn a_key_cannot_print_itself() {
        assert!(!format!("{:?}", key("canary")).contains("canary"));
    }
}
