//! `frontdesk.delivery.v1.TemplateService`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use contract::delivery::v1::{
    self as api, GetTemplateRequest, GetTemplateResponse, ListTemplatesRequest, ListTemplatesResponse,
    PreviewTemplateRequest, PreviewTemplateResponse, PutTemplateRequest, PutTemplateResponse,
    SyncTemplatesRequest, SyncTemplatesResponse, template_service_server::TemplateService,
};
use ids::ChannelId;
use rpc::{Failure, Role, parse, parse::proto_time, require};
use sqlx::PgPool;
use tokio::time::Instant;
use tonic::{Request, Response, Status};

use crate::dispatch::{self, SyncError};
use crate::domain::templates::{Book, Registered, TemplateButton};
use crate::providers::{Provider, ProviderKind};
use crate::store::channels::{self, ChannelRow};
use crate::store::templates::{self, TemplateRow};

/// How long an operator waits for a provider's list.
const LONGEST: Duration = Duration::from_secs(20);

/// Characters of a template's text.
const LONGEST_TEXT: usize = 32_768;

/// The service's state.
#[derive(Clone, Debug)]
pub struct Templates {
    /// Rows.
    pub pool: PgPool,
    /// The other side.
    pub provider: Arc<dyn Provider>,
    /// The address providers reach the webhooks under.
    pub public_url: Arc<str>,
}

#[tonic::async_trait]
impl TemplateService for Templates {
    async fn list_templates(
        &self,
        request: Request<ListTemplatesRequest>,
    ) -> Result<Response<ListTemplatesResponse>, Status> {
        require(&request, Role::Viewer)?;
        let channel = self.channel(&request.get_ref().channel_id).await?;
        let rows = templates::list(&self.pool, channel.id).await.map_err(Failure::internal)?;
        let listed_at = templates::listed_at(&self.pool, channel.id).await.map_err(Failure::internal)?;
        let book = self.book(channel.id).await?;
        let troubles = kind(&channel).map(|kind| book.troubles(kind)).unwrap_or_default();
        Ok(Response::new(ListTemplatesResponse {
            templates: rows.into_iter().map(template).collect(),
            listed_at: listed_at.map(proto_time),
            unusable: troubles.into_iter().map(|(part, why)| format!("{part}: {}", why.words)).collect(),
        }))
    }

    async fn get_template(
        &self,
        request: Request<GetTemplateRequest>,
    ) -> Result<Response<GetTemplateResponse>, Status> {
        require(&request, Role::Viewer)?;
        let asked = request.get_ref();
        let channel = self.channel(&asked.channel_id).await?;
        let row = self.find(channel.id, &parse::text("key", &asked.key, 600)?).await?;
        Ok(Response::new(GetTemplateResponse { template: Some(template(row)) }))
    }

    async fn put_template(
        &self,
        request: Request<PutTemplateRequest>,
    ) -> Result<Response<PutTemplateResponse>, Status> {
        require(&request, Role::Operator)?;
        let asked = request.into_inner();
        let channel = self.channel(&asked.channel_id).await?;
        let given = asked.template.unwrap_or_default();
        let put = registered(given, kind(&channel))?;
        templates::put(&self.pool, channel.id, std::slice::from_ref(&put), false)
            .await
            .map_err(Failure::internal)?;
        let row = self.find(channel.id, &put.key).await?;
        Ok(Response::new(PutTemplateResponse { template: Some(template(row)) }))
    }

    async fn sync_templates(
        &self,
        request: Request<SyncTemplatesRequest>,
    ) -> Result<Response<SyncTemplatesResponse>, Status> {
        require(&request, Role::Operator)?;
        let channel = self.channel(&request.get_ref().channel_id).await?;
        let id = channel.id;
        let account = dispatch::account_of(&channel, self.public_url.clone()).await;
        let account = account.map_err(|unusable| {
            Failure::precondition(unusable.why, "correct the channel in the bootstrap file, or its secret")
        })?;
        let deadline = Instant::now() + LONGEST;
        let read = dispatch::sync(&self.pool, self.provider.as_ref(), id, &account, deadline).await;
        let (held, changed) = read.map_err(failure)?;
        let templates = i32::try_from(held).unwrap_or(i32::MAX);
        Ok(Response::new(SyncTemplatesResponse { templates, changed }))
    }

    async fn preview_template(
        &self,
        request: Request<PreviewTemplateRequest>,
    ) -> Result<Response<PreviewTemplateResponse>, Status> {
        require(&request, Role::Viewer)?;
        let asked = request.into_inner();
        let channel = self.channel(&asked.channel_id).await?;
        let variables: BTreeMap<String, String> = asked.variables.into_iter().collect();
        let book = self.book(channel.id).await?;
        let preview = if asked.key.is_empty() {
            let part = parse::text("part", &asked.part, 64)?;
            let kind = kind(&channel).unwrap_or(ProviderKind::Evolution);
            book.preview(&part, &asked.language, kind, &variables).map_err(|unusable| {
                Failure::precondition(unusable.words, unusable.cause.advice().next_step)
            })?
        } else {
            book.preview_of(&asked.key, &variables)
                .ok_or_else(|| Failure::not_found("template", &asked.key))?
        };
        Ok(Response::new(PreviewTemplateResponse {
            key: preview.key,
            text: preview.text,
            problems: preview.problems.iter().map(ToString::to_string).collect(),
        }))
    }
}

impl Templates {
    async fn channel(&self, id: &str) -> Result<ChannelRow, Failure> {
        let id: ChannelId = parse::id("channel_id", id)?;
        let row = channels::read(&self.pool, &[id.uuid()]).await.map_err(Failure::internal)?.pop();
        row.ok_or_else(|| Failure::not_found("channel", id))
    }

    async fn book(&self, channel: ChannelId) -> Result<Book, Failure> {
        let book = templates::book(&self.pool, channel).await.map_err(Failure::internal)?;
        book.ok_or_else(|| Failure::not_found("channel", channel))
    }

    async fn find(&self, channel: ChannelId, key: &str) -> Result<TemplateRow, Failure> {
        let rows = templates::list(&self.pool, channel).await.map_err(Failure::internal)?;
        let row = rows.into_iter().find(|row| row.registered.key == key);
        row.ok_or_else(|| Failure::not_found("template", key))
    }
}

fn kind(channel: &ChannelRow) -> Option<ProviderKind> {
    channel.provider.parse().ok()
}

fn failure(error: SyncError) -> Failure {
    match error {
        SyncError::Provider(trouble) => {
            let advice = trouble.cause.advice();
            let said = if trouble.words.is_empty() { String::new() } else { format!(" ({})", trouble.words) };
            Failure::unavailable(format!("{}{said}", advice.words), advice.next_step)
        }
        SyncError::Store(error) => Failure::internal(error),
    }
}

fn template(row: TemplateRow) -> api::Template {
    let TemplateRow { registered, is_listed, seen_at } = row;
    api::Template {
        key: registered.key,
        name: registered.name,
        language: registered.language,
        provider_id: registered.provider_id.unwrap_or_default(),
        category: registered.category,
        status: registered.status.to_string(),
        quality: registered.quality.to_string(),
        reason: registered.reason.unwrap_or_default(),
        header: registered.header.unwrap_or_default(),
        body: registered.body,
        footer: registered.footer.unwrap_or_default(),
        buttons: registered
            .buttons
            .into_iter()
            .map(|button| api::TemplateButton { kind: button.kind, title: button.title })
            .collect(),
        listed: is_listed,
        seen_at: Some(proto_time(seen_at)),
    }
}

fn registered(given: api::Template, kind: Option<ProviderKind>) -> Result<Registered, Failure> {
    let name = parse::text("template.name", &given.name, 512)?;
    let language = parse::text("template.language", &given.language, 35)?;
    let provider_id = optional(&given.provider_id);
    let key = match kind {
        Some(ProviderKind::Twilio) => parse::text("template.provider_id", &given.provider_id, 64)?,
        _ => format!("{name}/{language}"),
    };
    let word = |field: &str, error: crate::domain::text::UnknownWord| {
        Failure::invalid(field, error.to_string(), "give one of these words")
    };
    let quality = if given.quality.is_empty() { "unknown" } else { &given.quality };
    Ok(Registered {
        key,
        provider_id,
        category: given.category.trim().to_lowercase(),
        status: given.status.parse().map_err(|error| word("template.status", error))?,
        quality: quality.parse().map_err(|error| word("template.quality", error))?,
        reason: optional(&given.reason),
        header: optional(&given.header),
        body: parse::text("template.body", &given.body, LONGEST_TEXT)?,
        footer: optional(&given.footer),
        buttons: given
            .buttons
            .into_iter()
            .map(|button| TemplateButton { kind: button.kind.to_lowercase(), title: button.title })
            .collect(),
        name,
        language,
    })
}

fn optional(text: &str) -> Option<String> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}
