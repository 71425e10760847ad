//! `frontdesk.conversation.v1.ContactService`.

use bus::{Bus, streams};
use contract::conversation::v1 as api;
use contract::conversation::v1::contact_service_server::ContactService;
use ids::{ContactId, TenantId};
use jiff::Timestamp;
use rpc::{Failure, Role, parse, parse::proto_time, require};
use sqlx::{PgConnection, PgPool};
use tonic::{Request, Response, Status};

use crate::store::contacts::{self, ChangeRow, ContactRow, Wanted};

/// The service's state.
#[derive(Clone, Debug)]
pub struct Contacts {
    /// Rows.
    pub pool: PgPool,
    /// Wakes conversations.
    pub bus: Bus,
}

#[tonic::async_trait]
impl ContactService for Contacts {
    async fn get_contact(
        &self,
        request: Request<api::GetContactRequest>,
    ) -> Result<Response<api::GetContactResponse>, Status> {
        require(&request, Role::Operator)?;
        let id = parse::id("contact_id", &request.get_ref().contact_id)?;
        let mut rows = postgres::browse(&self.pool).await.map_err(Failure::internal)?;
        let row = find(&mut rows, id).await?;
        drop(rows);
        let changes = contacts::changes(&self.pool, row.id).await.map_err(Failure::internal)?;
        Ok(Response::new(api::GetContactResponse {
            contact: Some(contact(&row)),
            changes: changes.into_iter().map(change).collect(),
        }))
    }

    async fn list_contacts(
        &self,
        request: Request<api::ListContactsRequest>,
    ) -> Result<Response<api::ListContactsResponse>, Status> {
        require(&request, Role::Operator)?;
        let asked = request.get_ref();
        let tenant: TenantId = parse::id("tenant_id", &asked.tenant_id)?;
        let most = parse::page_size("page_size", asked.page_size, 50, 500)?;
        let alias = (!asked.alias.is_empty()).then_some(asked.alias.as_str());
        let wanted = Wanted::Of { tenant, alias, below: place(&asked.page_token)? };
        let mut rows = postgres::browse(&self.pool).await.map_err(Failure::internal)?;
        let found = contacts::list(&mut rows, wanted, most.into()).await.map_err(Failure::internal)?;
        let next_page_token = found
            .last()
            .filter(|_| found.len() == most as usize)
            .map(|row| format!("{} {}", row.created_at, row.id))
            .unwrap_or_default();
        let contacts = found.iter().map(contact).collect();
        Ok(Response::new(api::ListContactsResponse { contacts, next_page_token }))
    }

    async fn list_contact_links(
        &self,
        request: Request<api::ListContactLinksRequest>,
    ) -> Result<Response<api::ListContactLinksResponse>, Status> {
        require(&request, Role::Operator)?;
        let tenant = parse::id("tenant_id", &request.get_ref().tenant_id)?;
        let pairs = contacts::doubtful(&self.pool, tenant).await.map_err(Failure::internal)?;
        let mut rows = postgres::browse(&self.pool).await.map_err(Failure::internal)?;
        let mut links = Vec::new();
        for (one, other, seen_at) in pairs {
            links.push(api::ContactLink {
                one: Some(contact(&find(&mut rows, one).await?)),
                other: Some(contact(&find(&mut rows, other).await?)),
                seen_at: Some(proto_time(seen_at)),
            });
        }
        Ok(Response::new(api::ListContactLinksResponse { links }))
    }

    async fn dismiss_contact_link(
        &self,
        request: Request<api::DismissContactLinkRequest>,
    ) -> Result<Response<api::DismissContactLinkResponse>, Status> {
        require(&request, Role::Operator)?;
        let one: ContactId = parse::id("contact_id", &request.get_ref().contact_id)?;
        let other: ContactId = parse::id("other_id", &request.get_ref().other_id)?;
        if !contacts::dismiss(&self.pool, one, other).await.map_err(Failure::internal)? {
            let what = format!("{one} and {other} are no open pair");
            return Err(Failure::precondition(what, "list the pairs with ListContactLinks").into());
        }
        Ok(Response::new(api::DismissContactLinkResponse {}))
    }

    async fn merge_contacts(
        &self,
        request: Request<api::MergeContactsRequest>,
    ) -> Result<Response<api::MergeContactsResponse>, Status> {
        require(&request, Role::Operator)?;
        let asked = request.get_ref();
        let keep: ContactId = parse::id("contact_id", &asked.contact_id)?;
        let gone: ContactId = parse::id("other_id", &asked.other_id)?;
        let reason = parse::text("reason", &asked.reason, 500)?;
        let mut work = self.pool.begin().await.map_err(Failure::internal)?;
        let (keep, gone) = (find(&mut work, keep).await?, find(&mut work, gone).await?);
        let merged =
            contacts::merge(&mut work, keep.id, gone.id, &reason).await.map_err(Failure::internal)?;
        let Some(wake) = merged else {
            let what = format!("{} and {} cannot be made one", keep.id, gone.id);
            let advice = "they are one already, or of two tenants: look at both with GetContact";
            return Err(Failure::precondition(what, advice).into());
        };
        let row = find(&mut work, keep.id).await?;
        let (names, talks) = (gone.aliases.len(), gone.conversations.len());
        let (was, effect) =
            if asked.dry_run { ("would be", work.rollback().await) } else { ("were", work.commit().await) };
        effect.map_err(Failure::internal)?;
        if !asked.dry_run {
            for conversation in wake {
                self.bus.wake(streams::inbound_subject(keep.tenant_id.uuid()), conversation).await;
            }
        }
        let effect =
            format!("{names} names and {talks} conversations of {} {was} taken over by {}", gone.id, keep.id);
        Ok(Response::new(api::MergeContactsResponse { contact: Some(contact(&row)), effect }))
    }

    async fn split_contact(
        &self,
        request: Request<api::SplitContactRequest>,
    ) -> Result<Response<api::SplitContactResponse>, Status> {
        require(&request, Role::Operator)?;
        let asked = request.get_ref();
        let id: ContactId = parse::id("contact_id", &asked.contact_id)?;
        let reason = parse::text("reason", &asked.reason, 500)?;
        let mut work = self.pool.begin().await.map_err(Failure::internal)?;
        let row = find(&mut work, id).await?;
        let leaving = leaving(&row, &asked.aliases)?;
        let fresh = contacts::split(&mut work, row.id, &leaving, &reason).await.map_err(Failure::internal)?;
        let (stays, left) = (find(&mut work, row.id).await?, find(&mut work, fresh).await?);
        let (was, ended) = if asked.dry_run {
            ("would leave", work.rollback().await)
        } else {
            ("left", work.commit().await)
        };
        ended.map_err(Failure::internal)?;
        let effect =
            format!("{} names {was} {}; what was said and booked stays with it", leaving.len(), row.id);
        Ok(Response::new(api::SplitContactResponse {
            contact: Some(contact(&stays)),
            other: Some(contact(&left)),
            effect,
        }))
    }
}

async fn find(connection: &mut PgConnection, id: ContactId) -> Result<ContactRow, Failure> {
    let mut rows = contacts::list(connection, Wanted::One(id), 1).await.map_err(Failure::internal)?;
    rows.pop().ok_or_else(|| Failure::not_found("contact", id))
}

/// The names that leave, as `kind:value`. They must be the contact's, and one must stay.
fn leaving(row: &ContactRow, asked: &[api::ContactAlias]) -> Result<Vec<String>, Failure> {
    let mut leaving: Vec<String> = Vec::new();
    for (index, alias) in asked.iter().enumerate() {
        let known = row.aliases.iter().any(|(kind, value)| *kind == alias.kind && *value == alias.value);
        if !known {
            let field = format!("aliases[{index}]");
            return Err(Failure::invalid(
                &field,
                "is no name of this contact",
                "copy kind and value from GetContact",
            ));
        }
        leaving.push(format!("{}:{}", alias.kind, alias.value));
    }
    leaving.sort();
    leaving.dedup();
    if leaving.is_empty() || leaving.len() == row.aliases.len() {
        return Err(Failure::invalid(
            "aliases",
            "would leave one of the two without a name",
            "give some of its names, not all",
        ));
    }
    Ok(leaving)
}

/// A place in the list of contacts.
fn place(token: &str) -> Result<Option<(Timestamp, ContactId)>, Failure> {
    if token.is_empty() {
        return Ok(None);
    }
    let parsed = token.split_once(' ').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
    parsed.map(Some).ok_or_else(|| {
        Failure::invalid(
            "page_token",
            "is not a place in this list",
            "give next_page_token of the page before",
        )
    })
}

fn contact(row: &ContactRow) -> api::Contact {
    api::Contact {
        id: row.id.to_string(),
        tenant_id: row.tenant_id.to_string(),
        display_name: row.display_name.clone().unwrap_or_default(),
        aliases: row
            .aliases
            .iter()
            .map(|(kind, value)| api::ContactAlias { kind: kind.clone(), value: value.clone() })
            .collect(),
        conversation_ids: row.conversations.iter().map(ToString::to_string).collect(),
        created_at: Some(proto_time(row.created_at)),
    }
}

fn change(row: ChangeRow) -> api::ContactChange {
    api::ContactChange {
        kind: row.kind,
        other_id: row.other.map(|id| id.to_string()).unwrap_or_default(),
        cause: row.cause,
        detail_json: row.detail.to_string(),
        at: Some(proto_time(row.at)),
    }
}
