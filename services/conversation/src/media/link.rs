//! Links under which staff see a file for a few minutes. Whoever has one sees that file and no other.

use std::time::Duration;

use hmac::{Hmac, Mac};
use ids::ItemId;
use jiff::Timestamp;
use settings::Secret;
use sha2::Sha256;
use thiserror::Error;

/// Parts what this key signs from anything else that may ever be signed with it.
const PURPOSE: &[u8] = b"frontdesk media link v1";
const SHORTEST_KEY: usize = 16;

/// The key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "is shorter than {SHORTEST_KEY} characters; set it to 32 or more random ones, the same in every replica"
)]
pub struct WeakKey;

/// Why a link shows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Invalid {
    /// Not made here, or altered.
    #[error("this link was not made by this front desk, or it was changed on the way; ask for a new one")]
    Forged,
    /// Made here, and too old.
    #[error("this link has expired; ask for a new one")]
    Expired,
}

/// Makes and checks links.
#[derive(Clone)]
pub struct Links {
    key: Hmac<Sha256>,
    base: String,
    lasts: Duration,
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Links {
    /// Links below `base`, which work for `lasts`. `None` without a key.
    ///
    /// # Errors
    /// When the key is too short.
    pub fn try_new(key: &Secret, base: &str, lasts: Duration) -> Result<Option<Self>, WeakKey> {
        if key.is_empty() {
            return Ok(None);
        }
        if key.expose().len() < SHORTEST_KEY {
            return Err(WeakKey);
        }
        let key = Hmac::new_from_slice(key.expose().as_bytes()).map_err(|_| WeakKey)?;
        Ok(Some(Self { key, base: base.trim_end_matches('/').to_owned(), lasts }))
    }

    /// A link to the file of a message, and when it ends.
    #[must_use]
    pub fn make(&self, item: ItemId, now: Timestamp) -> (String, Timestamp) {
        let ends = now.saturating_add(jiff::SignedDuration::try_from(self.lasts).unwrap_or_default());
        let ends = ends.unwrap_or(now).as_second();
        let digest = self.signed(item, ends).finalize().into_bytes();
        let signature: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let url = format!("{}/media/{item}?expires={ends}&signature={signature}", self.base);
        (url, Timestamp::from_second(ends).unwrap_or(now))
    }

    /// Checks what came with a request.
    ///
    /// # Errors
    /// [`Invalid`], in words for whoever opened the link.
    pub fn check(&self, item: ItemId, expires: i64, signature: &str, now: Timestamp) -> Result<(), Invalid> {
        let signature = bytes(signature).ok_or(Invalid::Forged)?;
        // In constant time. The age is looked at only after it is known to be ours.
        self.signed(item, expires).verify_slice(&signature).map_err(|_| Invalid::Forged)?;
        if expires <= now.as_second() { Err(Invalid::Expired) } else { Ok(()) }
    }

    fn signed(&self, item: ItemId, expires: i64) -> Hmac<Sha256> {
        let mut mac = self.key.clone();
        mac.update(PURPOSE);
        mac.update(item.uuid().as_bytes());
        mac.update(&expires.to_be_bytes());
        mac
    }
}

/// Exactly 64 hexadecimal digits.
fn bytes(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    (0..64).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> (i64, String) {
        let (_, query) = url.split_once("?expires=").unwrap();
        let (expires, signature) = query.split_once("&signature=").unwrap();
        (expires.parse().unwrap(), signature.to_owned())
    }

    #[test]
    fn a_link_opens_its_file_until_it_ends_and_nothing_else() {
        let key = Secret::from("a key of at least sixteen characters");
        let links = Links::try_new(&key, "http://desk.example/", Duration::from_secs(60)).unwrap().unwrap();
        let (item, other) = (ItemId::generate(), ItemId::generate());
        let now = Timestamp::from_second(1_772_460_930).unwrap();
        let later = |seconds| Timestamp::from_second(now.as_second() + seconds).unwrap();
        let (url, ends) = links.make(item, now);
        assert!(url.starts_with(&format!("http://desk.example/media/{item}?expires=")), "{url}");
        assert_eq!(ends, later(60));
        let (expires, signature) = parts(&url);
        assert_eq!(links.check(item, expires, &signature, later(59)), Ok(()));
        assert_eq!(links.check(item, expires, &signature, later(60)), Err(Invalid::Expired));
        assert_eq!(links.check(other, expires, &signature, now), Err(Invalid::Forged));
        assert_eq!(links.check(item, expires + 1, &signature, now), Err(Invalid::Forged));
        for forged in [
            "",
            "00",
            &"0".repeat(64),
            &"é".repeat(32),
            &signature.replace(|c: char| c.is_ascii_digit(), "x"),
        ] {
            assert_eq!(links.check(item, expires, forged, now), Err(Invalid::Forged), "{forged}");
        }
        let foreign = Links::try_new(&Secret::from("another key of sixteen"), "x", Duration::from_secs(60));
        assert_eq!(foreign.unwrap().unwrap().check(item, expires, &signature, now), Err(Invalid::Forged));
    }

    #[test]
    fn a_short_key_is_refused_and_none_means_no_links() {
        assert_eq!(Links::try_new(&Secret::from("short"), "x", Duration::ZERO).err(), Some(WeakKey));
        assert!(Links::try_new(&Secret::default(), "x", Duration::ZERO).unwrap().is_none());
    }
}
