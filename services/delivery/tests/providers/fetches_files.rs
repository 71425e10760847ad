use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use delivery::providers::ChannelAccount;
use delivery::providers::media::{File, MediaTrouble, Reach, Source, Wanted, fetch};
use serde_json::json;
use tokio::time::Instant;

use crate::server::{ACCOUNT_SID, AMPLE, KEY, Server, channel, meta, response, twilio};

const LARGEST: u64 = 64;
const CONTENT: &str = "the bytes of a picture";

fn wanted(source: Source) -> Wanted {
    Wanted { message: "3A00".into(), source, largest: LARGEST }
}

async fn fetched(account: &ChannelAccount, source: Source) -> Result<(File, Vec<u8>), MediaTrouble> {
    let reach = Reach::try_new().unwrap();
    let mut file = fetch(&reach, account, &wanted(source), Instant::now() + AMPLE).await?;
    let content = file.whole().await?;
    Ok((file, content.to_vec()))
}

async fn trouble(account: &ChannelAccount, source: Source) -> MediaTrouble {
    fetched(account, source).await.map(|(file, _)| file.content_type).unwrap_err()
}

#[tokio::test]
async fn evolution_hands_files_out_as_text_by_the_id_of_the_message() {
    let body = json!({"mimetype": "image/jpeg", "base64": "dGhlIGJ5dGVzIG9mIGEgcGljdHVyZQ=="}).to_string();
    let server = Server::with(201, &[], body).await;
    let (file, content) = fetched(&channel(&server.base_url), Source::Message).await.unwrap();
    assert_eq!((content, file.content_type.as_deref()), (CONTENT.into(), Some("image/jpeg")));
    let request = &server.seen()[0];
    assert_eq!(request.uri.path(), "/chat/getBase64FromMediaMessage/harbour-dental");
    assert_eq!(request.json(), json!({"message": {"key": {"id": "3A00"}}, "convertToMp4": false}));
    assert_eq!(request.headers["apikey"], KEY);
}

#[tokio::test]
async fn what_evolution_says_instead_is_understood() {
    let large = json!({"base64": "A".repeat(4 * 64)}).to_string();
    let huge = json!({"base64": "A".repeat(200_000)}).to_string();
    for (status, body, expected) in [
        (400, "{}", MediaTrouble::Gone),
        (401, "{}", MediaTrouble::Refused(401)),
        (503, "{}", MediaTrouble::Failed("it answered 503".into())),
        (201, "{}", MediaTrouble::Failed("it answered something else".into())),
        (201, r#"{"base64":"*"}"#, MediaTrouble::Failed("its answer cannot be decoded".into())),
        (201, large.as_str(), MediaTrouble::TooLarge(LARGEST)),
        (201, huge.as_str(), MediaTrouble::TooLarge(LARGEST)),
    ] {
        let server = Server::with(status, &[], body.to_owned()).await;
        assert_eq!(trouble(&channel(&server.base_url), Source::Message).await, expected, "{body:.40}");
    }
}

/// A server that answers Meta's two questions: about the file, at its own address; and `file` at the other.
async fn graph(
    file: impl Fn(usize) -> u16 + Clone + Send + Sync + 'static,
    size: u64,
    url: &'static str,
) -> Server {
    let (base, asked): (Arc<OnceLock<String>>, Arc<AtomicUsize>) = Default::default();
    let server = Server::answering({
        let base = base.clone();
        move |request| {
            if request.uri.path() == "/v23.0/1357" {
                let url = url.replace("{base}", base.get().unwrap());
                let answer = json!({"url": url, "mime_type": "image/jpeg", "sha256": "AB".repeat(32), "file_size": size});
                return response(200, &[], answer.to_string());
            }
            let status = file(asked.fetch_add(1, Relaxed));
            response(status, &[("content-type", "image/jpeg")], CONTENT)
        }
    })
    .await;
    base.set(server.base_url.clone()).unwrap();
    server
}

#[tokio::test]
async fn meta_is_asked_for_an_address_and_shown_the_token_at_both() {
    let server = graph(|_| 200, 22, "{base}/file?hash=1").await;
    let (file, content) = fetched(&meta(&server.base_url), Source::Id("1357".into())).await.unwrap();
    assert_eq!(content, CONTENT.as_bytes());
    assert_eq!(file.sha256, Some("ab".repeat(32)));
    for request in server.seen() {
        assert_eq!(request.headers["authorization"], format!("Bearer {KEY}"), "{}", request.uri);
    }
}

#[tokio::test]
async fn an_address_that_died_is_asked_for_once_more() {
    let server = graph(|asked| if asked == 0 { 404 } else { 200 }, 22, "{base}/file").await;
    assert!(fetched(&meta(&server.base_url), Source::Id("1357".into())).await.is_ok());
    assert_eq!(server.seen().len(), 4);
    let server = graph(|_| 404, 22, "{base}/file").await;
    assert_eq!(trouble(&meta(&server.base_url), Source::Id("1357".into())).await, MediaTrouble::Gone);
    assert_eq!(server.seen().len(), 4, "and not for ever");
}

#[tokio::test]
async fn an_address_elsewhere_is_not_called() {
    for url in
        ["http://169.254.169.254/latest/meta-data", "http://127.0.0.1:1/", "https://files.example.test/x"]
    {
        let server = graph(|_| 200, 22, url).await;
        let trouble = trouble(&meta(&server.base_url), Source::Id("1357".into())).await;
        assert!(matches!(trouble, MediaTrouble::Elsewhere(_)), "{url}: {trouble:?}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_file_that_says_it_is_too_large_is_not_read() {
    let server = graph(|_| 200, LARGEST + 1, "{base}/file").await;
    let trouble = trouble(&meta(&server.base_url), Source::Id("1357".into())).await;
    assert_eq!(trouble, MediaTrouble::TooLarge(LARGEST));
    assert_eq!(server.seen().len(), 1);
}

/// A server that sends on from `/2010…` to another name of itself.
async fn redirecting(to: &'static str, content: &'static str) -> Server {
    let port: Arc<OnceLock<String>> = Arc::default();
    let server = Server::answering({
        let port = port.clone();
        move |request| {
            if request.uri.path().starts_with("/2010-04-01/") {
                let next = to.replace("{port}", port.get().unwrap());
                return response(307, &[("location", next.as_str())], "");
            }
            response(200, &[("content-type", "audio/ogg")], content)
        }
    })
    .await;
    let (_, own) = server.base_url.rsplit_once(':').unwrap();
    port.set(own.to_owned()).unwrap();
    server
}

fn media_url(server: &Server) -> Source {
    Source::Url(format!("{}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/MM1/Media/ME1", server.base_url))
}

#[tokio::test]
async fn twilio_sends_on_to_where_the_key_is_not_shown() {
    let server = redirecting("http://localhost:{port}/signed", CONTENT).await;
    let (file, content) = fetched(&twilio(&server.base_url), media_url(&server)).await.unwrap();
    assert_eq!((content.as_slice(), file.content_type.as_deref()), (CONTENT.as_bytes(), Some("audio/ogg")));
    let seen = server.seen();
    assert!(seen[0].headers["authorization"].to_str().unwrap().starts_with("Basic "));
    assert!(!seen[1].headers.contains_key("authorization"), "the key went along");
}

#[tokio::test]
async fn twilio_cannot_send_us_into_our_own_network_or_round_in_circles() {
    for to in [
        "http://169.254.169.254/",
        "http://localhost:5432/",
        "ftp://localhost/x",
        "https://files.example.test/",
    ] {
        let server = redirecting(to, CONTENT).await;
        let trouble = trouble(&twilio(&server.base_url), media_url(&server)).await;
        assert!(matches!(trouble, MediaTrouble::Elsewhere(_)), "{to}: {trouble:?}");
    }
    let server = redirecting("/2010-04-01/again", CONTENT).await;
    let trouble = trouble(&twilio(&server.base_url), media_url(&server)).await;
    assert_eq!(trouble, MediaTrouble::Failed("it sends on too often".into()));
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn a_file_that_turns_out_too_large_is_broken_off() {
    const LARGE: &str = "0123456789012345678901234567890123456789012345678901234567890123456789";
    let server = redirecting("http://localhost:{port}/signed", LARGE).await;
    let trouble = trouble(&twilio(&server.base_url), media_url(&server)).await;
    assert_eq!(trouble, MediaTrouble::TooLarge(LARGEST));
}

#[tokio::test]
async fn a_name_of_another_provider_is_refused_without_a_call() {
    let server = Server::with(200, &[], "{}").await;
    for (account, source) in [
        (channel(&server.base_url), Source::Id("1".into())),
        (meta(&server.base_url), Source::Message),
        (twilio(&server.base_url), Source::Message),
    ] {
        assert_eq!(trouble(&account, source).await, MediaTrouble::Misnamed);
    }
    assert!(server.seen().is_empty());
}
