//! Secrets for development, from the system's own source.

use std::fs::File;
use std::io::Read as _;

use anyhow::Context as _;

/// A secret of `bytes` random bytes in hexadecimal: safe in URLs, files and shells.
pub fn token(bytes: usize) -> anyhow::Result<String> {
    let mut random = vec![0; bytes];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut random))
        .context("cannot read random bytes from /dev/urandom")?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::token;

    #[test]
    fn tokens_are_long_enough_and_differ() -> anyhow::Result<()> {
        assert_eq!(token(16)?.len(), 32);
        assert_ne!(token(16)?, token(16)?);
        Ok(())
    }
}
