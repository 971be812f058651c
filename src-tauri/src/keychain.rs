//! The system's keychain as the engine's place for keys: the Secret Service on Linux, the Keychain on macOS, the Credential Manager
//! on Windows. Never keyutils: what it keeps is gone at the next start of the computer.

use std::sync::Arc;

use engine::{MemorySecrets, Secrets};
use keyring_core::{CredentialStore, Error};
use model::ProfileId;
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};

use crate::log::Redaction;

/// What the keychain lists our keys under.
const SERVICE: &str = "Tertulia";

/// The place for keys that `TERTULIA_SECRETS` asks for: `memory`, else the keychain.
pub fn chosen(redaction: Redaction) -> Arc<dyn Secrets> {
    if std::env::var("TERTULIA_SECRETS").is_ok_and(|word| word == "memory") {
        return Arc::new(Unlogged { inner: MemorySecrets::default(), redaction });
    }
    Arc::new(Unlogged { inner: Keychain::default(), redaction })
}

/// Any place for keys, with every key that passes struck out of the log.
struct Unlogged<S> {
    inner: S,
    redaction: Redaction,
}

impl<S: Secrets> Secrets for Unlogged<S> {
    fn get(&self, profile: &ProfileId) -> Result<Option<SecretString>, String> {
        let key = self.inner.get(profile)?;
        if let Some(key) = &key {
            self.redaction.hide(key);
        }
        Ok(key)
    }

    fn set(&self, profile: &ProfileId, key: &SecretString) -> Result<(), String> {
        self.redaction.hide(key);
        self.inner.set(profile, key)
    }

    fn remove(&self, profile: &ProfileId) -> Result<(), String> {
        self.inner.remove(profile)
    }

    fn available(&self) -> Result<(), String> {
        self.inner.available()
    }

    fn forgetful_by_choice(&self) -> bool {
        self.inner.forgetful_by_choice()
    }
}

/// The system's keychain. Reached at the first use, and again at the next one if it was not there.
#[derive(Default)]
struct Keychain {
    store: Mutex<Option<Arc<CredentialStore>>>,
}

impl Keychain {
    fn entry(&self, profile: &ProfileId) -> Result<keyring_core::Entry, String> {
        let store = {
            let mut store = self.store.lock();
            match &*store {
                Some(store) => Arc::clone(store),
                None => Arc::clone(store.insert(system_store().map_err(|fault| said(&fault))?)),
            }
        };
        store.build(SERVICE, profile.as_str(), None).map_err(|fault| said(&fault))
    }
}

impl Secrets for Keychain {
    fn get(&self, profile: &ProfileId) -> Result<Option<SecretString>, String> {
        match self.entry(profile)?.get_password() {
            Ok(key) => Ok(Some(SecretString::from(key))),
            Err(Error::NoEntry) => Ok(None),
            Err(fault) => Err(said(&fault)),
        }
    }

    fn set(&self, profile: &ProfileId, key: &SecretString) -> Result<(), String> {
        self.entry(profile)?.set_password(key.expose_secret()).map_err(|fault| said(&fault))
    }

    fn remove(&self, profile: &ProfileId) -> Result<(), String> {
        match self.entry(profile)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(fault) => Err(said(&fault)),
        }
    }
}

#[cfg(target_os = "linux")]
fn system_store() -> keyring_core::Result<Arc<CredentialStore>> {
    let store: Arc<CredentialStore> = zbus_secret_service_keyring_store::Store::new()?;
    Ok(store)
}

#[cfg(target_os = "macos")]
fn system_store() -> keyring_core::Result<Arc<CredentialStore>> {
    let store: Arc<CredentialStore> = apple_native_keyring_store::keychain::Store::new()?;
    Ok(store)
}

#[cfg(windows)]
fn system_store() -> keyring_core::Result<Arc<CredentialStore>> {
    let store: Arc<CredentialStore> = windows_native_keyring_store::Store::new()?;
    Ok(store)
}

/// A keychain's fault in the user's words; its own words go to the log. Faults can hold what was read, so only kinds are logged.
fn said(fault: &Error) -> String {
    let words = match fault {
        Error::PlatformFailure(cause) => {
            tracing::warn!(%cause, "the keychain failed");
            "This computer has no keychain that Tertulia can use."
        }
        Error::NoStorageAccess(cause) => {
            tracing::warn!(%cause, "the keychain is closed");
            "The keychain of this computer is locked."
        }
        Error::Ambiguous(_) => "The keychain holds more than one key for this server.",
        Error::BadEncoding(_) | Error::BadDataFormat(..) => "What the keychain gave back is no key.",
        Error::NoEntry => "The keychain holds no key for this server.",
        // The enum may grow; whatever it is, the key is not kept.
        _ => "The keychain refused.",
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_never_repeats_what_was_read() {
        let fault = Error::BadEncoding(b"canary".to_vec());
        assert!(!said(&fault).contains("canary"));
    }

    #[test]
    fn a_key_is_struck_out_of_the_log_from_its_first_use_on() {
        let redaction = Redaction::default();
        let secrets = Unlogged { inner: MemorySecrets::default(), redaction: redaction.clone() };
        let profile = ProfileId::from("p");
        secrets.set(&profile, &SecretString::from("sk-let-canary".to_owned())).unwrap();
        assert!(redaction.hides("sk-let-canary"));
        assert_eq!(secrets.get(&profile).unwrap().unwrap().expose_secret(), "sk-let-canary");
        secrets.remove(&profile).unwrap();
        assert!(secrets.get(&profile).unwrap().is_none());
    }
}
