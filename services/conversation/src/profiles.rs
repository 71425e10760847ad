//! Tenants and agents in memory, and the snapshot a turn works on.
//!
//! An entry is as old as the version its tenant's row had when a conversation was loaded: the load itself brings the
//! current version, so a change takes effect with the next turn and nothing expires by time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use ids::{ItemId, TenantId};
use jiff::{Timestamp, tz::TimeZone};
use lexicon::Mark;
use serde::Deserialize;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    domain::{
        AgentVersion, Asked, Conversation, HistoryLine, Item, ItemKind, Language, Owner, Proposal, Snapshot,
        Snippet, TenantProfile,
    },
    store::{
        tenants::{self, AgentRow, TenantRow},
        turns::Loaded,
    },
};

/// Tenants as turns see them, cached.
#[derive(Clone, Debug)]
pub struct Profiles {
    cache: Arc<Mutex<HashMap<TenantId, Arc<Profile>>>>,
    /// The configured model; `None`: menus only.
    model: Option<String>,
}

#[derive(Debug)]
struct Profile {
    version: Timestamp,
    tenant: TenantProfile,
    knowledge: Vec<Snippet>,
    agent: AgentVersion,
}

/// What `load_turns` says about a conversation.
#[derive(Deserialize)]
struct Row {
    id: ids::ConversationId,
    tenant_id: TenantId,
    tenant_version: Timestamp,
    channel_id: ids::ChannelId,
    contact_id: ids::ContactId,
    to: String,
    customer_name: Option<String>,
    language: Option<String>,
    owned_by: Owner,
    asked: Option<Value>,
    cancel_word: String,
    #[serde(default)]
    has_signs: bool,
    first_contact: bool,
}

#[derive(Deserialize)]
struct ItemRow {
    id: ItemId,
    seq: i64,
    kind: String,
    body: Body,
    mark: Option<Mark>,
    sent_at: Option<Timestamp>,
    received_at: Timestamp,
    correlation_id: Uuid,
}

#[derive(Deserialize)]
struct Body {
    kind: Option<String>,
    text: Option<String>,
    payload: Option<String>,
    #[serde(default)]
    late: bool,
}

#[derive(Deserialize)]
struct ProposalRow {
    frozen: Proposal,
}

/// The part of a tenant's row that is a document.
#[derive(Default, Deserialize)]
#[serde(default)]
struct TenantSettings {
    show_service_name: bool,
    opening_hours: Option<String>,
    links: Vec<String>,
    media_to_staff: bool,
    knowledge: Vec<Snippet>,
}

/// The part of an agent's version that is a document.
#[derive(Default, Deserialize)]
#[serde(default)]
struct AgentDefinition {
    prompt: String,
    model: Option<String>,
    temperature: Option<f32>,
    token_budget: Option<u32>,
    /// Milliseconds; 0 for never.
    ack_after: Option<u64>,
}

impl Profiles {
    /// Empty. `model` is what agents that name none use; `None`: no model is configured at all.
    #[must_use]
    pub fn new(model: Option<String>) -> Self {
        Self { cache: Arc::default(), model }
    }

    /// The snapshot of a loaded conversation. History is left out: only a turn that asks a model reads it.
    ///
    /// # Errors
    /// When a row cannot be read or makes no sense.
    pub async fn snapshot(&self, pool: &PgPool, loaded: &Loaded) -> anyhow::Result<Snapshot> {
        let row = Row::deserialize(&loaded.conversation).context("conversation row")?;
        let profile = self.profile(pool, row.tenant_id, row.tenant_version).await?;
        let rows: Vec<ItemRow> = Vec::deserialize(&loaded.items).context("item rows")?;
        let correlation_id =
            rows.last().map(|item| item.correlation_id).context("a conversation without items")?;
        let open_proposal = match &loaded.proposal {
            Some(row) => Some(ProposalRow::deserialize(row).context("proposal row")?.frozen),
            None => None,
        };
        Ok(Snapshot {
            now: loaded.now,
            correlation_id,
            tenant: TenantProfile { cancel_word: row.cancel_word, ..profile.tenant.clone() },
            knowledge: profile.knowledge.clone(),
            agent: profile.agent.clone(),
            conversation: Conversation {
                id: row.id,
                tenant_id: row.tenant_id,
                channel_id: row.channel_id,
                contact_id: row.contact_id,
                to: row.to,
                customer_name: row.customer_name,
                language: row.language.as_deref().and_then(Language::of),
                owner: row.owned_by,
                first_contact: row.first_contact,
                has_signs: row.has_signs,
                // What an older version asked and this one cannot read is as good as not asked: the customer is asked again.
                last_asked: row.asked.and_then(|asked| Asked::deserialize(asked).ok()),
            },
            items: rows.into_iter().map(ItemRow::into_item).collect(),
            open_proposal,
            last_said: loaded
                .last_said
                .as_ref()
                .map(HistoryLine::deserialize)
                .transpose()
                .context("said row")?,
            history: Vec::new(),
        })
    }

    async fn profile(&self, pool: &PgPool, id: TenantId, version: Timestamp) -> anyhow::Result<Arc<Profile>> {
        let cached = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if let Some(profile) = cached.filter(|profile| profile.version == version) {
            return Ok(profile);
        }
        let (tenant, agent) =
            tenants::get(pool, id).await?.with_context(|| format!("tenant {id} has no row"))?;
        let profile = Arc::new(self.read(version, tenant, agent)?);
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).insert(id, profile.clone());
        Ok(profile)
    }

    fn read(
        &self,
        version: Timestamp,
        tenant: TenantRow,
        agent: Option<AgentRow>,
    ) -> anyhow::Result<Profile> {
        let settings =
            TenantSettings::deserialize(&tenant.settings).context("conversation.tenant.settings")?;
        let agent = match agent {
            Some(row) => {
                let definition = AgentDefinition::deserialize(&row.definition)
                    .context("conversation.agent_version.definition")?;
                let model = self.model.clone().map(|usual| definition.model.unwrap_or(usual));
                let usual = AgentVersion::new(row.id, definition.prompt, model);
                AgentVersion {
                    temperature: definition.temperature.unwrap_or(usual.temperature),
                    token_budget: definition.token_budget.unwrap_or(usual.token_budget),
                    ack_after: match definition.ack_after {
                        None => usual.ack_after,
                        Some(0) => None,
                        Some(ms) => Some(Duration::from_millis(ms)),
                    },
                    ..usual
                }
            }
            None => AgentVersion::new(Uuid::nil(), String::new(), None),
        };
        Ok(Profile {
            version,
            tenant: TenantProfile {
                id: tenant.id,
                name: tenant.name,
                time_zone: TimeZone::get(&tenant.time_zone).context("conversation.tenant.time_zone")?,
                language: Language::of(&tenant.language).unwrap_or(Language::En),
                phone: tenant.phone,
                emergency_number: tenant.emergency_number.unwrap_or_else(|| "112".to_owned()),
                cancel_word: String::new(),
                show_service_name: settings.show_service_name,
                opening_hours: settings.opening_hours,
                links: settings.links,
                media_to_staff: settings.media_to_staff,
            },
            knowledge: settings.knowledge,
            agent,
        })
    }
}

impl ItemRow {
    fn into_item(self) -> Item {
        let payload = self.body.payload;
        let late = self.body.late;
        let kind = match (self.kind.as_str(), self.body.kind.as_deref()) {
            ("echo", _) => ItemKind::Echo,
            ("edit", _) => ItemKind::Edit,
            ("revoke", _) => ItemKind::Revoke,
            ("reaction", _) => ItemKind::Reaction,
            ("message", Some("text")) => ItemKind::Text,
            ("message", Some("button_reply")) => ItemKind::ButtonReply { payload },
            ("message", Some("list_reply")) => ItemKind::ListReply { payload },
            ("message", Some("voice")) => ItemKind::Voice,
            ("message", Some("audio")) => ItemKind::Audio,
            ("message", Some("image")) => ItemKind::Image,
            ("message", Some("video")) => ItemKind::Video,
            ("message", Some("document")) => ItemKind::Document,
            ("message", Some("sticker")) => ItemKind::Sticker,
            ("message", Some("location")) => ItemKind::Location,
            ("message", Some("contacts")) => ItemKind::Contacts,
            _ => ItemKind::Unsupported,
        };
        Item {
            id: self.id,
            seq: self.seq,
            kind,
            text: self.body.text.filter(|text| !text.is_empty()),
            sent_at: self.sent_at,
            received_at: self.received_at,
            mark: self.mark,
            late,
        }
    }
}
