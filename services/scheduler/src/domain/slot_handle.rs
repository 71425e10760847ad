//! Slot handles: the only way in which a slot travels to a customer or a language model and back.
//!
//! A handle is `slot_` and 50 characters: which service, with whom, when, until when the offer stands, and a keyed
//! digest over all of it and the tenant. An invented, altered, late or foreign one is refused before anything is looked
//! up. Ids are carried by their last 8 bytes, which keeps handles short enough for a model to copy without mistakes; the
//! digest says that they are ours, and within one tenant those bytes tell services and staff apart.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use ids::{ServiceId, StaffId, TenantId};
use jiff::Timestamp;
use settings::Secret;
use sha2::Sha256;
use thiserror::Error;
use uuid::Uuid;

const PREFIX: &str = "slot_";
const VERSION: u8 = 1;
/// Parts what this key signs from anything else that may ever be signed with it.
const PURPOSE: &[u8] = b"frontdesk slot handle v1";
const FIELDS: usize = 1 + 8 + 8 + 4 + 4;
/// 96 bits: a guess succeeds once in 10^28, and each costs a request.
const DIGEST: usize = 12;
const SHORTEST_KEY: usize = 16;

/// What a handle stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// The service's last 8 bytes.
    pub service: IdTail,
    /// The member of staff's last 8 bytes.
    pub staff: IdTail,
    /// When the visit would begin; whole seconds.
    pub starts_at: Timestamp,
    /// When the offer ends; whole seconds.
    pub expires_at: Timestamp,
}

/// The last 8 bytes of an id. At least 62 bits of them are random or hashed in every kind of id we make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdTail([u8; 8]);

impl IdTail {
    /// The tail of a service's id.
    pub fn of_service(id: ServiceId) -> Self {
        Self::of(id.uuid())
    }

    /// The tail of a staff member's id.
    pub fn of_staff(id: StaffId) -> Self {
        Self::of(id.uuid())
    }

    fn of(id: Uuid) -> Self {
        let (_, tail) = id.as_u64_pair();
        Self(tail.to_be_bytes())
    }
}

/// Why a handle is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Not made by us, or not for this tenant. The two are not told apart, and need not be.
    #[error("is not a handle that was offered to this tenant")]
    Forged,
    /// Ours, but too old.
    #[error("has expired")]
    Expired,
}

/// The key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "is shorter than {SHORTEST_KEY} characters; set it to 32 or more random ones, the same in every replica"
)]
pub struct WeakKey;

/// Makes and checks handles.
#[derive(Clone)]
pub struct Signer(Hmac<Sha256>);

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    /// A signer with that key, which every replica must share.
    pub fn try_new(key: &Secret) -> Result<Self, WeakKey> {
        let key = key.expose().trim().as_bytes();
        if key.len() < SHORTEST_KEY {
            return Err(WeakKey);
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| WeakKey)?;
        mac.update(PURPOSE);
        Ok(Self(mac))
    }

    /// The handle of an offer to a tenant; none for times beyond the year 2106, which 32 bits cannot hold.
    pub fn sign(&self, tenant: TenantId, offer: &Offer) -> Option<String> {
        let mut bytes = Vec::with_capacity(FIELDS + DIGEST);
        bytes.push(VERSION);
        bytes.extend(offer.service.0);
        bytes.extend(offer.staff.0);
        bytes.extend(seconds(offer.starts_at)?);
        bytes.extend(seconds(offer.expires_at)?);
        let digest = self.over(tenant, &bytes).finalize().into_bytes();
        bytes.extend(&digest[..DIGEST]);
        Some(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// What a handle stands for, if it is ours, for this tenant, and still good at `now`.
    pub fn verify(&self, tenant: TenantId, handle: &str, now: Timestamp) -> Result<Offer, Refusal> {
        let text = handle.trim().strip_prefix(PREFIX).ok_or(Refusal::Forged)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::Forged)?;
        let (fields, digest) = bytes.split_at_checked(FIELDS).ok_or(Refusal::Forged)?;
        // The length is checked apart: a shorter digest would match its own prefix.
        if digest.len() != DIGEST {
            return Err(Refusal::Forged);
        }
        // Compares in constant time.
        self.over(tenant, fields).verify_truncated_left(digest).map_err(|_| Refusal::Forged)?;
        let offer = read(fields).ok_or(Refusal::Forged)?;
        if now >= offer.expires_at { Err(Refusal::Expired) } else { Ok(offer) }
    }

    /// The tenant is signed, not carried: whoever shows the handle says who they are anyway.
    fn over(&self, tenant: TenantId, fields: &[u8]) -> Hmac<Sha256> {
        self.0.clone().chain_update(tenant.uuid().as_bytes()).chain_update(fields)
    }
}

fn seconds(at: Timestamp) -> Option<[u8; 4]> {
    u32::try_from(at.as_second()).ok().map(u32::to_be_bytes)
}

fn read(fields: &[u8]) -> Option<Offer> {
    let (version, rest) = fields.split_first()?;
    let (service, rest) = rest.split_first_chunk::<8>()?;
    let (staff, rest) = rest.split_first_chunk::<8>()?;
    let (starts_at, rest) = rest.split_first_chunk::<4>()?;
    let (expires_at, _) = rest.split_first_chunk::<4>()?;
    let instant = |bytes: &[u8; 4]| Timestamp::from_second(i64::from(u32::from_be_bytes(*bytes))).ok();
    (*version == VERSION).then_some(())?;
    Some(Offer {
        service: IdTail(*service),
        staff: IdTail(*staff),
        starts_at: instant(starts_at)?,
        expires_at: instant(expires_at)?,
    })
}

#[cfg(test)]
mod tests;
