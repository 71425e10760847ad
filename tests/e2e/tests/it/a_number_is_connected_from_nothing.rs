//! From an empty page to a customer's answer, by gRPC alone; and the check that says which link of the chain is broken.

use std::time::Duration;

use contract::conversation::v1::{
    ChannelDeclaration, ChannelSetup, CreateChannelRequest, DisableChannelRequest, EvolutionAccount,
    GetChannelRequest, ListTenantsRequest, MetaAccount, RetireSecretRequest, RotateSecretRequest,
    TwilioAccount, channel_declaration::Account, channel_service_client::ChannelServiceClient,
    conversation_service_client::ConversationServiceClient,
};
use contract::delivery::v1::{
    CheckChannelRequest, ConnectPhoneRequest, CreateInstanceRequest, GetConnectionStateRequest, LinkState,
    LogOutRequest, SetWebhookRequest, connection_service_client::ConnectionServiceClient,
};
use e2e::Stack;
use simulators::whatsapp::{NumberSpec, PhoneMessage, SenderSpec};

const SOON: Duration = Duration::from_secs(30);
const INSTANCE: &str = "second-desk";

/// Somebody who sets numbers up.
struct Admin<'a> {
    stack: &'a Stack,
    channels: ChannelServiceClient<rpc::Client>,
    connections: ConnectionServiceClient<rpc::Client>,
    tenant_id: String,
}

impl<'a> Admin<'a> {
    async fn of(stack: &'a Stack) -> anyhow::Result<Self> {
        let mut tenants = ConversationServiceClient::new(stack.admin("conversation")?);
        let listed = tenants.list_tenants(ListTenantsRequest {}).await?.into_inner().tenants;
        Ok(Self {
            channels: ChannelServiceClient::new(stack.admin("conversation")?),
            connections: ConnectionServiceClient::new(stack.admin("delivery")?),
            tenant_id: listed.first().map(|tenant| tenant.id.clone()).unwrap_or_default(),
            stack,
        })
    }

    async fn create(&mut self, channel: ChannelDeclaration) -> anyhow::Result<ChannelSetup> {
        let request = CreateChannelRequest { tenant_id: self.tenant_id.clone(), channel: Some(channel) };
        let created = self.channels.create_channel(request).await?.into_inner();
        created.channel.ok_or_else(|| anyhow::anyhow!("no channel"))
    }

    /// Link and state, in the order in which they were told.
    async fn check(&mut self, channel_id: &str, phone: &str) -> anyhow::Result<Vec<(String, LinkState)>> {
        let request = CheckChannelRequest {
            channel_id: channel_id.to_owned(),
            phone: phone.to_owned(),
            wait_seconds: 10,
        };
        let mut told = self.connections.check_channel(request).await?.into_inner();
        let mut links = Vec::new();
        while let Some(step) = told.message().await? {
            links.push((step.link.clone(), step.state()));
        }
        Ok(links)
    }

    async fn set_webhook(&mut self, channel_id: &str) -> anyhow::Result<()> {
        let request = SetWebhookRequest { channel_id: channel_id.to_owned() };
        let set = self.connections.set_webhook(request).await?.into_inner().webhook.unwrap_or_default();
        anyhow::ensure!(set.agrees, "{set:?}");
        Ok(())
    }

    async fn state(&mut self, channel_id: &str) -> anyhow::Result<String> {
        let request = GetConnectionStateRequest { channel_id: channel_id.to_owned() };
        Ok(self.connections.get_connection_state(request).await?.into_inner().state)
    }

    async fn conversations(&self) -> anyhow::Result<i64> {
        Ok(sqlx::query_scalar("select count(*) from conversation.conversation")
            .fetch_one(&self.stack.rows().await?)
            .await?)
    }
}

fn evolution(base_url: String) -> ChannelDeclaration {
    ChannelDeclaration {
        slug: INSTANCE.to_owned(),
        account: Some(Account::Evolution(EvolutionAccount { base_url, instance: INSTANCE.to_owned() })),
        own_address: "+447700900150".to_owned(),
        secrets: [("api_key".to_owned(), "env:EVOLUTION_API_KEY".to_owned())].into(),
        preset: "evolution_new".to_owned(),
        // This one may send as fast as a test asks.
        tokens_per_second: Some(1000.0),
        bucket_capacity: Some(1000),
        ..ChannelDeclaration::default()
    }
}

fn works(links: &[&str]) -> Vec<(String, LinkState)> {
    links.iter().map(|link| ((*link).to_owned(), LinkState::Works)).collect()
}

const CHAIN: [&str; 6] = ["credentials", "connection", "webhook", "send", "way_back", "signature"];

#[tokio::test(flavor = "multi_thread")]
async fn with_evolution() -> anyhow::Result<()> {
    let stack = Stack::start().await?;
    let mut admin = Admin::of(&stack).await?;
    let channel = admin.create(evolution(stack.whatsapp.url())).await?;
    let (id, channel_id) = (channel.id.clone(), channel.id.clone());
    let webhook = channel.webhook.unwrap_or_default();
    assert_eq!(webhook.url, format!("http://{}/webhooks/evolution/{INSTANCE}", stack.doors.webhooks));

    // Nothing there yet: each missing thing is named, and nothing behind it is tried.
    let first = admin.check(&id, "").await?;
    assert_eq!(first[0], ("connection".to_owned(), LinkState::Broken), "{first:?}");
    let request = CreateInstanceRequest { channel_id: channel_id.clone(), server_key: String::new() };
    assert!(admin.connections.create_instance(request.clone()).await?.into_inner().created);
    assert!(!admin.connections.create_instance(request).await?.into_inner().created, "again does no harm");
    assert_eq!(admin.state(&id).await?, "logged_out");
    let request = ConnectPhoneRequest { channel_id: channel_id.clone(), number: String::new() };
    let code = admin.connections.connect_phone(request.clone()).await?.into_inner();
    assert!(
        !code.connected && code.code.starts_with("2@") && code.png_base64.starts_with("iVBOR"),
        "{code:?}"
    );
    assert!(stack.whatsapp.scan(INSTANCE));
    assert_eq!(admin.state(&id).await?, "open");
    assert!(admin.connections.connect_phone(request).await?.into_inner().connected);

    // The chain holds, and the message that proved it is nobody's.
    let before = admin.conversations().await?;
    assert_eq!(admin.check(&id, "").await?, works(&CHAIN));
    assert_eq!(admin.conversations().await?, before);

    // A customer is answered through the new number.
    writes(&stack, INSTANCE, "447700980001")?;
    stack.hears("447700980001", 1, SOON).await?;

    // Its secret is replaced: first ours, then the provider's; no message is refused on the way.
    let request = RotateSecretRequest {
        channel_id: channel_id.clone(),
        name: "webhook_token".to_owned(),
        reference: String::new(),
    };
    assert!(admin.channels.rotate_secret(request).await?.into_inner().made_up.is_some());
    writes(&stack, INSTANCE, "447700980002")?;
    stack.hears("447700980002", 1, SOON).await?;
    // A replica of ingest hears of the successor within seconds; what comes before is not told apart.
    let in_use = async |name: &str, phone: &str| {
        writes(&stack, INSTANCE, phone).ok()?;
        let mut channels = ChannelServiceClient::new(stack.admin("conversation").ok()?);
        let request = GetChannelRequest { channel_id: channel_id.clone() };
        let shown = channels.get_channel(request).await.ok()?.into_inner().channel?;
        let secret = shown.secrets.into_iter().find(|secret| secret.name == name)?;
        secret.last_used_at.map(drop)
    };
    testkit::eventually(SOON, "the old one is in use", || in_use("webhook_token_previous", "447700980004"))
        .await?;
    let retire = RetireSecretRequest {
        channel_id: channel_id.clone(),
        name: "webhook_token".to_owned(),
        even_if_used: false,
    };
    let refused = admin.channels.retire_secret(retire.clone()).await.err();
    assert!(refused.is_some_and(|status| status.message().contains("SetWebhook")));
    admin.set_webhook(&id).await?;
    writes(&stack, INSTANCE, "447700980003")?;
    stack.hears("447700980003", 1, SOON).await?;
    testkit::eventually(SOON, "the new one is in use", || in_use("webhook_token", "447700980005")).await?;
    admin.channels.retire_secret(RetireSecretRequest { even_if_used: true, ..retire }).await?;
    assert_eq!(admin.check(&id, "447700980009").await?, works(&CHAIN));

    // Logged out: the check says so, and the channel can be switched off.
    let request = LogOutRequest { channel_id: channel_id.clone() };
    assert!(admin.connections.log_out(request).await?.into_inner().logged_out);
    let broken = admin.check(&id, "").await?;
    assert_eq!(broken[1], ("connection".to_owned(), LinkState::Broken), "{broken:?}");
    let request = DisableChannelRequest { channel_id, even_if_waiting: true };
    assert!(admin.channels.disable_channel(request).await?.into_inner().channel.is_some());
    Ok(())
}

fn writes(stack: &Stack, instance: &str, phone: &str) -> anyhow::Result<()> {
    let message = PhoneMessage { instance: Some(instance.to_owned()), ..PhoneMessage::text("hi") };
    stack.whatsapp.customer_writes(phone, message).map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn with_meta_and_twilio() -> anyhow::Result<()> {
    let stack = Stack::start().await?;
    let mut admin = Admin::of(&stack).await?;
    let number = NumberSpec { webhook_url: None, ..NumberSpec::new("109", "e2e-meta", "", "e2e-app", "") };
    stack.whatsapp.add_account(number)?;
    let sender = SenderSpec { webhook_url: None, ..SenderSpec::new("AC109", "e2e-twilio", "") };
    stack.whatsapp.add_account(sender)?;
    let secrets = |named: &[(&str, &str)]| {
        named.iter().map(|(name, kept)| ((*name).to_owned(), (*kept).to_owned())).collect()
    };
    let meta = admin
        .create(ChannelDeclaration {
            slug: "by-meta".to_owned(),
            account: Some(Account::Meta(MetaAccount {
                phone_number_id: "109".to_owned(),
                waba_id: "204060801030507".to_owned(),
                graph_url: format!("{}/v23.0", stack.whatsapp.url()),
            })),
            secrets: secrets(&[
                ("access_token", "env:META_ACCESS_TOKEN"),
                ("app_secret", "env:META_APP_SECRET"),
            ]),
            ..ChannelDeclaration::default()
        })
        .await?;
    let twilio = admin
        .create(ChannelDeclaration {
            slug: "by-twilio".to_owned(),
            account: Some(Account::Twilio(TwilioAccount {
                account_sid: "AC109".to_owned(),
                from: "whatsapp:+447700900300".to_owned(),
                api_url: stack.whatsapp.url(),
                ..TwilioAccount::default()
            })),
            secrets: secrets(&[("auth_token", "env:TWILIO_AUTH_TOKEN")]),
            ..ChannelDeclaration::default()
        })
        .await?;
    for (channel, phone) in [(&meta, "447700981001"), (&twilio, "447700981002")] {
        let unset = admin.check(&channel.id, phone).await?;
        assert_eq!(unset[2], ("webhook".to_owned(), LinkState::Broken), "{unset:?}");
        // Meta asks our door with the token that was made up a moment ago, before it says yes.
        admin.set_webhook(&channel.id).await?;
        let set = admin.check(&channel.id, phone).await?;
        assert_eq!(set[..2], works(&CHAIN[..2]), "{set:?}");
        assert_eq!(set[2..6], works(&CHAIN[2..]), "{set:?}");
        assert_eq!(admin.conversations().await?, 0);
    }
    let request = ConnectPhoneRequest { channel_id: meta.id, number: String::new() };
    let refused = admin.connections.connect_phone(request).await.err();
    assert!(refused.is_some_and(|status| status.message().contains("on no phone")));
    Ok(())
}
