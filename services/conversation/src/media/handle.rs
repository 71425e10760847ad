//! One claimed file: from its provider into the store.

use std::sync::Arc;
use std::time::Duration;

use lexicon::Mark;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::objects::{Key, Objects};
use super::transcribe::Transcriber;
use super::{Config, Kind, check};
use crate::clients::{Fetched, Files, FilesError, Wanted};
use crate::store::media::{Due, Outcome, milliseconds};

/// Before each further try. The first covers a server that was told of the message before it stored it; the last an hour of
/// outage.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(600),
    Duration::from_secs(3600),
];
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What it takes to handle a file.
#[derive(Debug)]
pub struct Handler {
    /// Where files come from.
    pub files: Files,
    /// Where they go.
    pub objects: Objects,
    /// Who writes voice notes down, if anybody does.
    pub transcriber: Option<Arc<Transcriber>>,
    /// Limits.
    pub config: Config,
}

/// Why a file is not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// It may be later.
    Later(String),
    /// It never will be.
    Never(String),
}

impl Handler {
    /// Carries a file to its end, or to its next try.
    pub async fn handle(&self, due: &Due) -> Outcome {
        match self.stored(due).await {
            Ok(outcome) => outcome,
            Err(trouble) => after(&trouble, due.attempt),
        }
    }

    async fn stored(&self, due: &Due) -> Result<Outcome, Trouble> {
        let kind: Kind =
            due.kind.parse().map_err(|_| Trouble::Never("it is of no kind that is known".to_owned()))?;
        let fetched = self.fetch(due, kind).await?;
        let sha256 = digest(&fetched)?;
        let declared =
            fetched.content_type.as_deref().or_else(|| due.named.get("mime_type").and_then(Value::as_str));
        let content_type =
            check(kind, declared, &fetched.content).map_err(|refused| Trouble::Never(refused.to_string()))?;
        let key = Key { tenant: due.tenant, item: due.item };
        // Beside each other: the customer waits for the words.
        let (put, heard) = tokio::join!(
            self.objects.put(key, fetched.content.clone(), &content_type),
            self.hear(kind, &fetched, &content_type)
        );
        put.map_err(|error| {
            tracing::warn!(item = %due.item, %error, "a file cannot be stored; trying again later");
            Trouble::Later("it cannot be stored at the moment".to_owned())
        })?;
        let (transcript, cause) = match heard {
            None => (None, None),
            Some(Ok(words)) => (Some(words), None),
            Some(Err(cause)) => (None, Some(cause)),
        };
        Ok(Outcome {
            state: "stored",
            cause,
            content_type: Some(content_type),
            bytes: i64::try_from(fetched.content.len()).ok(),
            sha256: Some(sha256),
            keep_ms: Some(milliseconds(DAY * self.config.keep_days)),
            mark: transcript.as_deref().and_then(mark),
            // Card numbers are not even stored.
            transcript: transcript.map(|words| lexicon::without_card_numbers(&words).unwrap_or(words)),
            ..Outcome::default()
        })
    }

    async fn fetch(&self, due: &Due, kind: Kind) -> Result<Fetched, Trouble> {
        let wanted = Wanted {
            channel: due.channel,
            provider_id: &due.provider_id,
            named: &due.named,
            largest: self.config.largest(kind),
        };
        self.files.fetch(wanted).await.map_err(|error| match error {
            FilesError::Later(words) => Trouble::Later(words),
            FilesError::Never(words) => Trouble::Never(words),
        })
    }

    /// The words of a voice note; `None`: it is none, or nobody listens.
    async fn hear(
        &self,
        kind: Kind,
        fetched: &Fetched,
        content_type: &str,
    ) -> Option<Result<String, String>> {
        let transcriber = self.transcriber.as_ref().filter(|_| kind == Kind::Voice)?;
        let heard = transcriber.hear(fetched.content.clone(), content_type).await;
        Some(heard.map_err(|unheard| unheard.to_string()))
    }
}

/// Tried again after a pause, as long as there is one.
fn after(trouble: &Trouble, attempt: i32) -> Outcome {
    let tried = usize::try_from(attempt - 1).unwrap_or_default();
    match (trouble, PAUSES.get(tried)) {
        (Trouble::Later(cause), Some(pause)) => Outcome {
            state: "waiting",
            wait_ms: Some(milliseconds(*pause)),
            cause: Some(cause.clone()),
            ..Outcome::default()
        },
        (Trouble::Later(cause) | Trouble::Never(cause), _) => {
            Outcome { state: "failed", cause: Some(cause.clone()), ..Outcome::default() }
        }
    }
}

/// The content's digest, which must be the one the provider names if it names one.
fn digest(fetched: &Fetched) -> Result<String, Trouble> {
    let found: String = Sha256::digest(&fetched.content).iter().map(|byte| format!("{byte:02x}")).collect();
    match &fetched.sha256 {
        Some(named) if *named != found => {
            Err(Trouble::Later("what came is not what the provider says it is".to_owned()))
        }
        _ => Ok(found),
    }
}

fn mark(words: &str) -> Option<&'static str> {
    Some(match lexicon::mark(words)? {
        Mark::OptOut => "opt_out",
        Mark::RedFlag => "red_flag",
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn what_may_pass_is_tried_again_until_the_pauses_end() {
        let later = Trouble::Later("no answer".to_owned());
        let waits: Vec<_> =
            (1..=6).map(|attempt| after(&later, attempt)).map(|o| (o.state, o.wait_ms)).collect();
        assert_eq!(waits[0], ("waiting", Some(2_000)));
        assert_eq!(waits[4], ("waiting", Some(3_600_000)));
        assert_eq!(waits[5], ("failed", None));
        let never = after(&Trouble::Never("too large".to_owned()), 1);
        assert_eq!((never.state, never.cause.as_deref()), ("failed", Some("too large")));
    }

    #[test]
    fn a_digest_that_does_not_fit_is_not_stored() {
        let fetched = |sha256: Option<&str>| Fetched {
            content_type: None,
            sha256: sha256.map(str::to_owned),
            content: Bytes::from_static(b"abc"),
        };
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest(&fetched(None)), Ok(abc.to_owned()));
        assert_eq!(digest(&fetched(Some(abc))), Ok(abc.to_owned()));
        assert!(digest(&fetched(Some(&"0".repeat(64)))).is_err());
    }
}
