//! Comparing secrets without telling, by the time it takes, how much of a guess was right.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The digest of a secret. Two secrets of different length compare in the same time, and the secret itself need not be
/// kept.
#[derive(Clone, Copy)]
pub struct SecretDigest([u8; 32]);

impl SecretDigest {
    /// The digest of `secret`.
    #[must_use]
    pub fn of(secret: &[u8]) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// Whether `candidate` is the secret.
    #[must_use]
    pub fn matches(&self, candidate: &[u8]) -> bool {
        self.equals(&Self::of(candidate))
    }

    /// Whether both are digests of the same secret.
    #[must_use]
    pub fn equals(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretDigest(…)")
    }
}
