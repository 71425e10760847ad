//! The service, started for real: its ports, a database with the receivers' real functions, and somebody who calls it.

use std::net::SocketAddr;
use std::time::Duration;

use ids::{ChannelId, TenantId};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use runtime::Lifecycle;
use serde_json::{Value, json};
use sqlx::PgPool;
use tempfile::TempDir;
use testkit::Database;
use uuid::Uuid;

pub const PUBLIC_URL: &str = "https://frontdesk.example.test/in";
pub const WEBHOOK_TOKEN: &str = "webhook-token-of-the-test";
pub const APP_SECRET: &str = "frontdesk-demo-app-secret";
pub const AUTH_TOKEN: &str = "0123456789abcdef0123456789abcdef";
pub const OPERATOR_TOKEN: &str = "operator-token-of-the-test";
pub const META_NUMBER: &str = "109876543210987";
pub const TWILIO_ACCOUNT: &str = "AC00112233445566778899aabbccddeeff";

/// A started service.
pub struct Front {
    /// Dropped with the service.
    _database: Database,
    /// Looks into every schema.
    pub owner: PgPool,
    pub addresses: ingest::Addresses,
    pub lifecycle: Lifecycle,
    pub http: reqwest::Client,
    secrets: TempDir,
}

/// An answered request.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answered {
    /// `accepted, duplicates, ignored, quarantined`.
    pub fn counts(&self) -> [u64; 4] {
        assert_eq!(self.status, 200, "{}", self.text);
        let json: Value = serde_json::from_str(&self.text).unwrap();
        ["accepted", "duplicates", "ignored", "quarantined"].map(|name| json[name].as_u64().unwrap())
    }
}

/// Settings of the service that differ from the tests' usual ones.
pub type Changes<'a> = &'a [(&'a str, &'a str)];

impl Front {
    /// Starts the service on a fresh database, with one channel per provider.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// The same with other settings (`ingest.body_limit`, …).
    pub async fn with(changes: Changes<'_>) -> Self {
        let database = database().await;
        let settings = database.settings();
        Self::on(database, settings.url.expose(), changes).await
    }

    /// The same, reaching the database by another address.
    pub async fn on(database: Database, url: &str, changes: Changes<'_>) -> Self {
        testkit::install_tls();
        let owner = database.owner().await.unwrap();
        let secrets = tempfile::tempdir().unwrap();
        let lifecycle = Lifecycle::new();
        let mut front = Self {
            addresses: ingest::Addresses { http: nowhere(), grpc: nowhere(), admin: nowhere() },
            http: reqwest::Client::builder().timeout(Duration::from_secs(20)).build().unwrap(),
            _database: database,
            owner,
            lifecycle,
            secrets,
        };
        front
            .put_channel(
                "harbour",
                "evolution",
                json!({ "instance": "harbour-dental", "base_url": "http://x" }),
                &[("webhook_token", WEBHOOK_TOKEN)],
            )
            .await;
        front
            .put_channel(
                "harbour-meta",
                "meta",
                json!({ "phone_number_id": META_NUMBER, "waba_id": "204060801030507" }),
                &[],
            )
            .await;
        front
            .put_channel(
                "acme",
                "twilio",
                json!({ "account_sid": TWILIO_ACCOUNT, "from": "whatsapp:+447700900300" }),
                &[("auth_token", AUTH_TOKEN)],
            )
            .await;
        let mut variables = vec![
            ("FRONTDESK_DATABASE__URL".to_owned(), url.to_owned()),
            ("FRONTDESK_NATS__URL".to_owned(), "nats://127.0.0.1:1".to_owned()),
            ("FRONTDESK_AUTH__OPERATOR_TOKEN".to_owned(), OPERATOR_TOKEN.to_owned()),
        ];
        let usual = [
            ("ingest.http", "127.0.0.1:0"),
            ("ingest.grpc", "127.0.0.1:0"),
            ("ingest.admin", "127.0.0.1:0"),
            ("ingest.public_url", PUBLIC_URL),
            ("ingest.meta_app_secret", APP_SECRET),
            ("ingest.meta_verify_token", "meet-me"),
        ];
        for (key, value) in usual.iter().chain(changes) {
            let (section, key) = key.split_once('.').unwrap();
            variables.push((
                format!("FRONTDESK_{}__{}", section.to_uppercase(), key.to_uppercase()),
                (*value).to_owned(),
            ));
        }
        let settings =
            settings::Loader::new().defaults(ingest::SERVICE.defaults).env(variables).load().unwrap();
        front.addresses = ingest::start(&settings, &front.lifecycle).await.unwrap();
        front
    }

    /// Puts a channel as the conversation service does, with its secrets in files.
    pub async fn put_channel(
        &self,
        slug: &str,
        provider: &str,
        account: Value,
        secrets: &[(&str, &str)],
    ) -> ChannelId {
        let tenant = TenantId::named(Uuid::nil(), "harbour-dental");
        let id = ChannelId::named(Uuid::nil(), slug);
        let mut references = serde_json::Map::new();
        for (name, value) in secrets {
            let path = self.secrets.path().join(format!("{slug}-{name}"));
            std::fs::write(&path, value).unwrap();
            references.insert((*name).to_owned(), format!("file:{}", path.display()).into());
        }
        let channel = json!({
            "id": id, "tenant_id": tenant, "slug": slug, "provider": provider, "account": account,
            "secrets": references, "tokens_per_second": 1.0, "bucket_capacity": 5,
        });
        sqlx::query("insert into conversation.tenant (id, slug, name, time_zone, language) values ($1, 'harbour-dental', 'Harbour Dental', 'Europe/London', 'en') on conflict do nothing")
            .bind(tenant.uuid()).execute(&self.owner).await.unwrap();
        sqlx::query("insert into conversation.channel (id, tenant_id, slug, provider) values ($1, $2, $3, $4) on conflict do nothing")
            .bind(id.uuid()).bind(tenant.uuid()).bind(slug).bind(provider).execute(&self.owner).await.unwrap();
        for function in ["delivery.put_channel_v1", "ingest.put_channel_v1"] {
            let statement = format!("select {function}($1)");
            sqlx::query(sqlx::AssertSqlSafe(statement)).bind(&channel).execute(&self.owner).await.unwrap();
        }
        id
    }

    /// Sends a request to a path.
    pub async fn post(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Answered {
        let mut given = HeaderMap::new();
        for (name, value) in headers {
            given.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let url = format!("http://{}{path}", self.addresses.http);
        let response = self.http.post(url).headers(given).body(body.into()).send().await.unwrap();
        answered(response).await
    }

    /// Sends what an Evolution server would, with the channel's token.
    pub async fn evolution(&self, body: impl Into<Vec<u8>>) -> Answered {
        self.post("/webhooks/evolution/harbour", &[("apikey", WEBHOOK_TOKEN)], body).await
    }

    /// Sends what Meta would, signed by the operator's app.
    pub async fn meta(&self, body: impl Into<Vec<u8>>) -> Answered {
        let body = body.into();
        let signature = super::sign::meta(&body, APP_SECRET);
        self.post("/webhooks/meta", &[("x-hub-signature-256", &signature)], body).await
    }

    /// Sends what Twilio would, signed over the public address.
    pub async fn twilio(&self, path: &str, body: &[u8]) -> Answered {
        let decoded = decode(body);
        let fields: Vec<(&str, &str)> =
            decoded.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let signature = super::sign::twilio(&format!("{PUBLIC_URL}{path}"), &fields, AUTH_TOKEN);
        self.post(
            path,
            &[
                ("x-twilio-signature", &signature),
                (CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded"),
            ],
            body,
        )
        .await
    }

    /// Somebody was refused at the door of `harbour` in each of the last minutes.
    pub async fn refused_for_minutes(&self, minutes: i32) {
        sqlx::query(
            "insert into ingest.door_refused (channel_id, minute)
             select id, date_trunc('minute', now()) - make_interval(mins => n) from ingest.channel, generate_series(1, $1) n
             where slug = 'harbour' on conflict do nothing",
        )
        .bind(minutes)
        .execute(&self.owner)
        .await
        .unwrap();
    }

    /// Asks a path.
    pub async fn get(&self, path: &str) -> Answered {
        let response = self.http.get(format!("http://{}{path}", self.addresses.http)).send().await.unwrap();
        answered(response).await
    }

    /// One value out of any schema.
    pub async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&self.owner).await.unwrap()
    }

    /// A column of JSON or text out of any schema.
    pub async fn json(&self, query: &'static str) -> Vec<Value> {
        sqlx::query_scalar(query).fetch_all(&self.owner).await.unwrap()
    }

    /// `provider reason detail` of what is in quarantine, oldest first.
    pub async fn quarantined(&self) -> Vec<(String, String)> {
        sqlx::query_as("select reason, detail from ingest.quarantine order by id")
            .fetch_all(&self.owner)
            .await
            .unwrap()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.lifecycle.stop();
    }
}

async fn answered(response: reqwest::Response) -> Answered {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answered { status, headers, text: response.text().await.unwrap() }
}

fn nowhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// A form's fields, for signing.
fn decode(body: &[u8]) -> Vec<(String, String)> {
    let plain = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            match byte {
                b'+' => bytes.push(b' '),
                b'%' => {
                    let digits = [rest.next().unwrap(), rest.next().unwrap()];
                    bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
                }
                other => bytes.push(other),
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    let text = std::str::from_utf8(body).unwrap();
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (plain(name), plain(value)))
        .collect()
}

/// A database with every schema a webhook touches.
pub async fn database() -> Database {
    let schemas =
        [
            postgres::Schema::new("delivery", sqlx::migrate!("../delivery/migrations")).with_template(
                1,
                "work",
                work::TEMPLATE,
            ),
            postgres::Schema::new("ingest", sqlx::migrate!()),
            postgres::Schema::new("scheduler", sqlx::migrate!("../scheduler/migrations")),
            postgres::Schema::new("conversation", sqlx::migrate!("../conversation/migrations"))
                .with_template(1, "work", work::TEMPLATE),
        ];
    Database::fresh(&schemas).await.unwrap()
}
