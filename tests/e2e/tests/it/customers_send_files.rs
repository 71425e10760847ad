//! Files of customers, from the webhook of each provider to whoever holds a link.

use std::time::Duration;

use contract::conversation::v1::{
    CreateMediaLinkRequest, GetConversationRequest, MediaFile, MediaState,
    conversation_service_client::ConversationServiceClient,
};
use e2e::{Servers, Stack};
use ids::ConversationId;
use settings::Secret;
use simulators::whatsapp::{FileKind, NumberSpec, PhoneFile, PhoneMessage, SenderSpec};
use testkit::Database;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(30);
const PHONE_NUMBER_ID: &str = "109876543210987";
const ACCOUNT_SID: &str = "AC00112233445566778899aabbccddeeff";

struct Desk(ConversationServiceClient<rpc::Client>);

impl Desk {
    fn of(stack: &Stack) -> anyhow::Result<Self> {
        let uri = format!("http://{}", stack.doors.grpc["conversation"]);
        Ok(Self(ConversationServiceClient::new(rpc::connect(&uri, &Secret::from(stack.token))?)))
    }

    /// The files of the only conversation on a channel whose slug begins so, once none is waiting.
    async fn files(&mut self, stack: &Stack, channel: &str, many: usize) -> anyhow::Result<Vec<MediaFile>> {
        let rows = stack.rows().await?;
        let conversation = || async {
            let id: Option<Uuid> = sqlx::query_scalar(
                "select v.id from conversation.conversation v join conversation.channel c on c.id = v.channel_id
                 where c.slug = $1",
            )
            .bind(channel)
            .fetch_optional(&rows)
            .await
            .ok()?;
            id
        };
        let id = testkit::eventually(PATIENCE, "the conversation is there", conversation).await?;
        let settled = || {
            let mut client = self.0.clone();
            let request = GetConversationRequest {
                conversation_id: ConversationId::from_uuid(id).to_string(),
                lines: 0,
            };
            async move {
                let files = client.get_conversation(request).await.ok()?.into_inner().media;
                let done =
                    files.len() == many && files.iter().all(|file| file.state() != MediaState::Waiting);
                done.then_some(files)
            }
        };
        testkit::eventually(PATIENCE, "the files are settled", settled).await
    }

    async fn link(&mut self, file: &MediaFile) -> anyhow::Result<String> {
        let request = CreateMediaLinkRequest { item_id: file.item_id.clone() };
        Ok(self.0.create_media_link(request).await?.into_inner().url)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_stored_and_shown_by_signed_link_only() -> anyhow::Result<()> {
    let stack = Stack::start().await?;
    let mut desk = Desk::of(&stack)?;
    let picture = PhoneFile::picture();
    stack.whatsapp.customer_writes_and_waits("447700972001", PhoneMessage::file(picture.clone())).await?;
    let disguised = PhoneFile::new(FileKind::Image, "image/jpeg", &b"MZ\x90\x00 a program"[..]);
    stack.whatsapp.customer_writes_and_waits("447700972001", PhoneMessage::file(disguised)).await?;

    let files = desk.files(&stack, e2e::INSTANCE, 2).await?;
    assert_eq!((files[0].state(), files[0].content_type.as_str()), (MediaState::Stored, "image/jpeg"));
    assert_eq!(files[0].bytes, i64::try_from(picture.content.len())?);
    assert_eq!(files[1].state(), MediaState::Failed);
    assert!(files[1].cause.contains("not taken"), "{}", files[1].cause);
    assert!(desk.link(&files[1]).await.is_err_and(|error| error.to_string().contains("not taken")));

    let url = desk.link(&files[0]).await?;
    let client = reqwest::Client::new();
    let answer = client.get(&url).send().await?;
    assert_eq!(answer.status(), 200);
    for (header, value) in [
        ("content-type", "image/jpeg"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, no-store"),
    ] {
        assert_eq!(answer.headers()[header], value);
    }
    assert!(answer.headers()["content-disposition"].to_str()?.starts_with("attachment"));
    assert_eq!(answer.bytes().await?, picture.content);

    let other = url.replace(&files[0].item_id, &files[1].item_id);
    for forged in
        [other, url.replace("expires=", "expires=9"), url.split('?').next().unwrap_or_default().to_owned()]
    {
        let answer = client.get(&forged).send().await?;
        assert_eq!(answer.status(), 403, "{forged}");
        assert!(answer.text().await?.contains("ask for a new one"));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_meta_and_twilio_come_as_well() -> anyhow::Result<()> {
    let mut stack = Stack::prepared(Servers::Shared(Database::fresh(&[]).await?), &[]).await?;
    let url = stack.whatsapp.url();
    let secrets = [
        ("meta-token", "m-token"),
        ("app-secret", "m-secret"),
        ("verify", "m-verify"),
        ("twilio-token", "t-token"),
    ];
    let channels = format!(
        r#"
[[tenant.channel]]
slug = "cloud"
provider = "meta"
graph_url = "{url}/v23.0"
phone_number_id = "{PHONE_NUMBER_ID}"
waba_id = "204060801030507"
secrets = {{ access_token = "{{meta-token}}", app_secret = "{{app-secret}}", verify_token = "{{verify}}" }}

[[tenant.channel]]
slug = "carrier"
provider = "twilio"
api_url = "{url}"
account_sid = "{ACCOUNT_SID}"
from = "whatsapp:+447700900300"
secrets = {{ auth_token = "{{twilio-token}}" }}
"#
    );
    stack.declare(&channels, &secrets)?;
    // Twilio signs the address it calls.
    let public_url = format!("http://{}", stack.doors.webhooks);
    stack.program.set("INGEST__PUBLIC_URL", &public_url);
    let webhooks = format!("{public_url}/webhooks");
    stack.program.start().await?;
    stack.whatsapp.add_account(NumberSpec::new(
        PHONE_NUMBER_ID,
        "m-token",
        format!("{webhooks}/meta"),
        "m-secret",
        "m-verify",
    ))?;
    stack.whatsapp.add_account(SenderSpec::new(
        ACCOUNT_SID,
        "t-token",
        format!("{webhooks}/twilio/carrier"),
    ))?;

    let mut desk = Desk::of(&stack)?;
    for (instance, channel) in [(PHONE_NUMBER_ID, "cloud"), ("447700900300", "carrier")] {
        let picture = PhoneFile::picture();
        let message =
            PhoneMessage { instance: Some(instance.to_owned()), ..PhoneMessage::file(picture.clone()) };
        let answered = stack.whatsapp.customer_writes_and_waits("447700972002", message).await?;
        assert_eq!(answered, Some(200), "{channel}: {}", stack.program.log_tail());
        let files = desk.files(&stack, channel, 1).await?;
        assert_eq!(files[0].state(), MediaState::Stored, "{channel}: {}", files[0].cause);
        let shown = reqwest::get(desk.link(&files[0]).await?).await?.bytes().await?;
        assert_eq!(shown, picture.content, "{channel}");
    }
    Ok(())
}
