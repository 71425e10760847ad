//! The sample payloads, and events in a form that is easy to compare.

use ingest::domain::{Content, InboundEvent, MediaSource, Parsed, Peer, Route};
use ingest::providers::{Provider, evolution, meta, twilio};

/// The bytes of `tests/fixtures/<provider>/<name>`.
pub fn bytes(provider: Provider, name: &str) -> Vec<u8> {
    let extension = if provider == Provider::Twilio { "txt" } else { "json" };
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    std::fs::read(format!("{folder}/{}/{name}.{extension}", provider.as_str())).unwrap()
}

/// Names of all samples of a provider.
pub fn names(provider: Provider) -> Vec<String> {
    let folder = format!("{}/tests/fixtures/{}", env!("CARGO_MANIFEST_DIR"), provider.as_str());
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// Reads a body as its provider's.
pub fn parse(provider: Provider, body: &[u8]) -> Result<Parsed, ingest::domain::Unparsable> {
    match provider {
        Provider::Evolution => evolution::parse(body),
        Provider::Meta => meta::parse(body),
        Provider::Twilio => twilio::parse(body, None),
    }
}

/// The only event of a body in which everything was understood.
pub fn only(provider: Provider, body: &[u8]) -> InboundEvent {
    let parsed = parse(provider, body).unwrap();
    assert_eq!(parsed.rejected, []);
    assert_eq!(parsed.events.len(), 1);
    parsed.events.into_iter().next().unwrap().event
}

/// One event in one line: kind, id, peer and what it says, in the words of the catalogue.
pub fn line(event: &InboundEvent) -> String {
    match event {
        InboundEvent::Message(m) | InboundEvent::Echo(m) => {
            let mut line = format!(
                "{} {} {} @{} {}",
                event.label(),
                m.provider_id,
                person(&m.peer),
                second(m.sent_at),
                content(&m.content)
            );
            if let Some(name) = &m.name {
                line += &format!(" name={name}");
            }
            if let Some(id) = &m.reply_to {
                line += &format!(" reply-to={id}");
            }
            if let Some(advert) = &m.referral {
                line += &format!(" ad={}", advert.source_id.as_deref().unwrap_or("?"));
            }
            line
        }
        InboundEvent::Reaction(r) => {
            let emoji = r.emoji.as_deref().unwrap_or("(removed)");
            format!(
                "reaction {} {} @{} {emoji} on {}",
                r.provider_id,
                person(&r.peer),
                second(r.sent_at),
                r.target
            )
        }
        InboundEvent::Edit(e) => format!(
            "edit {} {} @{} of {} to {}",
            e.provider_id,
            person(&e.peer),
            second(e.sent_at),
            e.target,
            content(&e.content)
        ),
        InboundEvent::Revoke(r) => {
            format!("revoke {} {} @{} of {}", r.provider_id, person(&r.peer), second(r.sent_at), r.target)
        }
        InboundEvent::ApiEcho(e) => format!("api_echo {} {} “{}”", e.provider_id, person(&e.peer), e.text),
        InboundEvent::Receipt(r) => {
            let mut line = format!("receipt {} {} @{}", r.provider_id, r.status.as_str(), second(r.at));
            if let Some(code) = &r.error_code {
                line += &format!(" error={code}");
            }
            if let Some(reference) = &r.client_ref {
                line += &format!(" ref={reference}");
            }
            line
        }
        InboundEvent::ChannelState(s) => match s.code() {
            Some(code) => format!("channel_state {} {code}", s.as_str()),
            None => format!("channel_state {}", s.as_str()),
        },
        InboundEvent::Template(news) => {
            let (what, value) = news.change.words();
            let reason = news.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            format!("template {}/{} {what} {value}{reason}", news.name, news.language)
        }
        InboundEvent::ChannelSignal(s) if s.title.is_some() && s.code.is_none() => {
            format!("channel_signal {}", s.title.clone().unwrap_or_default())
        }
        InboundEvent::ChannelSignal(s) => format!("channel_signal {}", s.code.unwrap_or_default()),
        InboundEvent::Pairing(p) => format!("pairing {p:?}"),
        InboundEvent::IdentityChange(c) => {
            format!("identity_change {} to {}", person(&c.from), person(&c.to))
        }
        InboundEvent::Ignored(why) => format!("ignored {}", why.as_str()),
    }
}

fn second(at: Option<jiff::Timestamp>) -> String {
    at.map_or_else(|| "-".to_owned(), |at| at.as_second().to_string())
}

fn person(peer: &Peer) -> String {
    let mut names = Vec::new();
    if let Some(phone) = peer.phone() {
        names.push(phone.expose().to_owned());
    }
    if let Some(lid) = &peer.lid {
        names.push(format!("lid:{}", lid.expose()));
    }
    if let Some(bsuid) = &peer.bsuid {
        names.push(bsuid.expose().to_owned());
    }
    format!("{}->{}", names.join("|"), peer.expose_address())
}

fn content(content: &Content) -> String {
    let label = content.label();
    match content {
        Content::Text(text) => format!("{label} “{text}”"),
        Content::Image(media)
        | Content::Voice(media)
        | Content::Audio(media)
        | Content::Video(media)
        | Content::Document(media)
        | Content::Sticker(media) => {
            let mut line = label.to_owned();
            if let Some(caption) = &media.caption {
                line += &format!(" “{caption}”");
            }
            if let Some(mime) = &media.mime_type {
                line += &format!(" {mime}");
            }
            if let Some(bytes) = media.bytes {
                line += &format!(" {bytes}B");
            }
            if let Some(seconds) = media.seconds {
                line += &format!(" {seconds}s");
            }
            if let Some(name) = &media.file_name {
                line += &format!(" file={name}");
            }
            match &media.source {
                MediaSource::Message => line,
                MediaSource::Id(id) => format!("{line} id={id}"),
                MediaSource::Url(url) => format!("{line} url={url}"),
            }
        }
        Content::Location(place) => format!(
            "{label} {},{} “{}” “{}”",
            place.latitude,
            place.longitude,
            place.name.as_deref().unwrap_or_default(),
            place.address.as_deref().unwrap_or_default()
        ),
        Content::Contacts(cards) => {
            let cards: Vec<_> = cards
                .iter()
                .map(|card| format!("{} {}", card.name.as_deref().unwrap_or("?"), card.phones.join("/")))
                .collect();
            format!("{label} {}", cards.join(", "))
        }
        Content::ButtonReply(reply) | Content::ListReply(reply) => {
            let mut line = format!("{label} “{}”", reply.text);
            if let Some(description) = &reply.description {
                line += &format!(" ({description})");
            }
            if let Some(payload) = &reply.payload {
                line += &format!(" payload={payload}");
            }
            line
        }
        Content::Unsupported { what, code } => match code {
            Some(code) => format!("{label} {what} {code}"),
            None => format!("{label} {what}"),
        },
    }
}

/// All events of a body, each with its route.
pub fn lines(parsed: &Parsed) -> Vec<String> {
    parsed
        .events
        .iter()
        .map(|routed| match &routed.route {
            Route::Addressed => line(&routed.event),
            Route::MetaNumber(number) => format!("{number}: {}", line(&routed.event)),
            Route::MetaAccount(account) => format!("account {account}: {}", line(&routed.event)),
        })
        .collect()
}
