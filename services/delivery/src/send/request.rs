//! A request to send, from the words it comes in to the values it means.

use std::fmt;
use std::str::FromStr;

use addressing::Phone;
use backoff::Profile;
use ids::{ChannelId, TenantId};
use jiff::{SignedDuration, Timestamp};
use rpc::{Failure, Violation};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::check;
use crate::domain::content::Said;
use crate::domain::lane::Lane;
use crate::domain::message::{Class, OnUnknown};

/// What says nothing of its own expiry is of no use a day after it may go.
const USEFUL_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Further ahead nothing is planned.
const FURTHEST: SignedDuration = SignedDuration::from_hours(366 * 24);
const LONGEST_KEY: usize = 200;

/// A request as it comes in; as JSON for those who send that. Its debug form tells nothing about the customer.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Request {
    /// Id or slug.
    pub tenant: String,
    /// Id or slug.
    pub channel: String,
    /// A number with its country code.
    pub to: String,
    /// Plain text: the short form of a content of that kind.
    pub text: Option<String>,
    /// What is said, in the form of the column `body`.
    pub content: Option<Value>,
    /// The template to go as where only one may.
    pub fallback: Option<Value>,
    /// high, normal, bulk.
    pub lane: Option<String>,
    /// reply, confirmation, reminder, notice.
    pub class: Option<String>,
    /// conversation, reminder.
    pub profile: Option<String>,
    /// Not sent before.
    pub not_before: Option<Timestamp>,
    /// Of no use from then on.
    pub not_after: Option<Timestamp>,
    /// leave, resend_once.
    pub on_unknown: Option<String>,
    /// What makes asking twice harmless.
    #[serde(skip_serializing)]
    pub idempotency_key: Option<String>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("tenant", &self.tenant)
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

/// A request that makes sense.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Whose channel it is.
    pub tenant: TenantId,
    /// Which of its channels.
    pub channel: ChannelName,
    /// The recipient.
    pub to: Phone,
    /// What is said.
    pub said: Said,
    /// How urgent it is.
    pub lane: Lane,
    /// What it is for.
    pub class: Class,
    /// How often it is tried.
    pub profile: String,
    /// What to do when nobody knows.
    pub on_unknown: OnUnknown,
    /// Not sent before.
    pub not_before: Option<Timestamp>,
    /// Of no use from then on.
    pub not_after: Timestamp,
    /// What makes asking twice harmless.
    pub key: Option<String>,
    /// The request as it came, without its key: what its fingerprint is made of.
    pub request: Request,
}

/// A channel as people name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelName {
    /// By its id.
    Id(ChannelId),
    /// By its slug.
    Slug(String),
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Slug(slug) => slug.fmt(f),
        }
    }
}

impl Request {
    /// What it means; all that is wrong with it is told at once.
    pub fn read(self, now: Timestamp) -> Result<Asked, Failure> {
        let mut wrong = Vec::new();
        let tenant = keep(&mut wrong, tenant("tenant", &self.tenant));
        let channel = keep(&mut wrong, channel("channel", &self.channel));
        let to = keep(&mut wrong, phone("to", &self.to));
        let said = keep_all(&mut wrong, self.said());
        let lane = keep(&mut wrong, word("lane", self.lane.as_deref(), Lane::Normal));
        let class = keep(&mut wrong, word("class", self.class.as_deref(), Class::Notice));
        let on_unknown = keep(&mut wrong, word("on_unknown", self.on_unknown.as_deref(), OnUnknown::Leave));
        let profile = keep(&mut wrong, profile("profile", self.profile.as_deref()));
        let key = keep(&mut wrong, key(self.idempotency_key.as_deref()));
        let not_after = keep(&mut wrong, useful_until(self.not_before, self.not_after, now));
        let parts = (tenant, channel, to, said, lane, class, on_unknown, profile, key, not_after);
        let (
            Some(tenant),
            Some(channel),
            Some(to),
            Some(said),
            Some(lane),
            Some(class),
            Some(on_unknown),
            Some(profile),
            Some(key),
            Some(not_after),
        ) = parts
        else {
            return Err(Failure::all_invalid(wrong));
        };
        let (not_before, request) = (self.not_before, Self { idempotency_key: None, ..self });
        Ok(Asked {
            tenant,
            channel,
            to,
            said,
            lane,
            class,
            profile,
            on_unknown,
            not_before,
            not_after,
            key,
            request,
        })
    }

    fn said(&self) -> Result<Said, Vec<Violation>> {
        let mut said = match (&self.text, &self.content) {
            (Some(text), None) => Said::text(text.clone()),
            (None, Some(content)) => Said::deserialize(content).map_err(|error| {
                vec![wrong(
                    "content",
                    format!("cannot be read: {error}"),
                    "give kind and the fields of that kind",
                )]
            })?,
            (None, None) => {
                return Err(vec![wrong("text", "is missing", "give text, or content with its kind")]);
            }
            (Some(_), Some(_)) => {
                return Err(vec![wrong("text", "stands beside content", "give one of them")]);
            }
        };
        if let Some(fallback) = &self.fallback {
            said.fallback = Some(Deserialize::deserialize(fallback).map_err(|error| {
                vec![wrong(
                    "fallback",
                    format!("cannot be read: {error}"),
                    "give name and language, or content_sid",
                )]
            })?);
        }
        let wrong = check::said(&said);
        if wrong.is_empty() { Ok(said) } else { Err(wrong) }
    }
}

pub(super) fn wrong(field: &str, problem: impl Into<String>, remedy: impl Into<String>) -> Violation {
    Violation { field: field.to_owned(), problem: problem.into(), remedy: remedy.into() }
}

/// A tenant by id or slug. A slug makes the id.
pub fn tenant(field: &str, written: &str) -> Result<TenantId, Violation> {
    match written.parse() {
        Ok(id) => Ok(id),
        Err(_) if is_slug(written) => Ok(TenantId::named(Uuid::nil(), written)),
        Err(_) => {
            Err(wrong(field, "is neither an id nor a slug", "give tnt_… or the slug of the bootstrap file"))
        }
    }
}

/// A channel by id or slug.
pub fn channel(field: &str, written: &str) -> Result<ChannelName, Violation> {
    match written.parse() {
        Ok(id) => Ok(ChannelName::Id(id)),
        Err(_) if is_slug(written) => Ok(ChannelName::Slug(written.to_owned())),
        Err(_) => {
            Err(wrong(field, "is neither an id nor a slug", "give chn_… or the slug of the bootstrap file"))
        }
    }
}

/// A number. The problem never repeats it.
pub fn phone(field: &str, written: &str) -> Result<Phone, Violation> {
    Phone::parse(written).map_err(|error| {
        wrong(field, format!("is {error}"), "give it with its country code, such as +447700900123")
    })
}

fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 100
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
}

/// One word of a closed set.
pub fn word<T>(field: &str, written: Option<&str>, otherwise: T) -> Result<T, Violation>
where
    T: FromStr<Err = crate::domain::text::UnknownWord>,
{
    match written {
        None | Some("") => Ok(otherwise),
        Some(text) => text.parse().map_err(|error: T::Err| {
            wrong(field, "is none of its words", format!("use one of {}", error.known))
        }),
    }
}

fn profile(field: &str, written: Option<&str>) -> Result<String, Violation> {
    let name = written.filter(|name| !name.is_empty()).unwrap_or("conversation");
    match Profile::named(name) {
        Some(profile) => Ok(profile.name().to_owned()),
        None => Err(wrong(field, "is no profile", "use conversation or reminder")),
    }
}

fn key(written: Option<&str>) -> Result<Option<String>, Violation> {
    let Some(key) = written.filter(|key| !key.is_empty()) else { return Ok(None) };
    if key.chars().count() > LONGEST_KEY || key.chars().any(char::is_control) {
        let remedy = format!("give at most {LONGEST_KEY} printable characters, such as a UUID");
        return Err(wrong("idempotency_key", "cannot be kept", remedy));
    }
    Ok(Some(key.to_owned()))
}

fn useful_until(
    not_before: Option<Timestamp>,
    not_after: Option<Timestamp>,
    now: Timestamp,
) -> Result<Timestamp, Violation> {
    let from = not_before.unwrap_or(now).max(now);
    if from > now + FURTHEST {
        return Err(wrong("not_before", "is more than a year ahead", "send it nearer to its time"));
    }
    match not_after {
        None => Ok(from + USEFUL_FOR),
        Some(until) if until > from => Ok(until),
        Some(_) => Err(wrong("not_after", "is not after the time it may go", "give a later time, or none")),
    }
}

fn keep<T>(all: &mut Vec<Violation>, read: Result<T, Violation>) -> Option<T> {
    read.map_err(|wrong| all.push(wrong)).ok()
}

fn keep_all<T>(all: &mut Vec<Violation>, read: Result<T, Vec<Violation>>) -> Option<T> {
    read.map_err(|wrong| all.extend(wrong)).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn plain() -> Value {
        json!({"tenant": "harbour-dental", "channel": "front", "to": "+44 7700 900123", "text": "Your glasses are ready."})
    }

    fn read(request: Value) -> Result<Asked, Vec<String>> {
        let request: Request = serde_json::from_value(request).map_err(|error| vec![error.to_string()])?;
        request.read(NOW).map_err(|failure| failure.to_string().split(". ").map(str::to_owned).collect())
    }

    #[test]
    fn what_is_not_said_has_a_default() {
        let asked = read(plain()).unwrap();
        assert_eq!(asked.tenant, TenantId::named(Uuid::nil(), "harbour-dental"));
        assert_eq!(
            (asked.lane, asked.class, asked.on_unknown),
            (Lane::Normal, Class::Notice, OnUnknown::Leave)
        );
        assert_eq!(asked.to.expose(), "+447700900123");
        assert_eq!(asked.not_after, NOW + SignedDuration::from_hours(24));
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once_and_no_number_is_repeated() {
        let told = read(
            json!({"tenant": "", "channel": "?", "to": "07700900123", "lane": "express", "profile": "never",
                               "not_before": "1969-12-31T00:00:00Z", "not_after": "1969-12-31T23:00:00Z"}),
        )
        .unwrap_err();
        let fields: Vec<&str> = told.iter().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(fields, ["tenant", "channel", "to", "text", "lane", "profile", "not_after"]);
        assert!(!told.concat().contains("07700"));
    }

    #[test]
    fn a_content_is_read_by_its_kind() {
        let mut request = plain();
        request["text"] = Value::Null;
        request["content"] =
            json!({"kind": "template", "name": "ready", "language": "en_GB", "variables": ["glasses"]});
        assert!(read(request.clone()).is_ok());
        request["content"] = json!({"kind": "song"});
        assert!(read(request).unwrap_err()[0].starts_with("content cannot be read: unknown variant `song`"));
        let mut both = plain();
        both["content"] = json!({"kind": "text", "text": "a"});
        assert!(read(both).is_err());
        let mut strange = plain();
        strange["txt"] = json!("a");
        assert!(read(strange).unwrap_err()[0].contains("unknown field `txt`"));
    }

    #[test]
    fn the_key_is_no_part_of_what_is_compared() {
        let mut request = plain();
        request["idempotency_key"] = json!("order-7");
        let asked = read(request).unwrap();
        assert_eq!(asked.key.as_deref(), Some("order-7"));
        assert!(!serde_json::to_string(&asked.request).unwrap().contains("order-7"));
    }
}
