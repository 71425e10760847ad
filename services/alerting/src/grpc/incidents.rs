//! `frontdesk.alerting.v1.IncidentService`.

use contract::alerting::v1::{
    AcknowledgeIncidentRequest, AcknowledgeIncidentResponse, CheckAlertingRequest, CheckAlertingResponse,
    CloseIncidentRequest, CloseIncidentResponse, GetIncidentRequest, GetIncidentResponse,
    ListIncidentsRequest, ListIncidentsResponse, SendTestAlertRequest, SendTestAlertResponse, TestedReceiver,
    incident_service_server::IncidentService,
};
use ids::IncidentId;
use rpc::{Failure, Role, parse, require};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use super::{asker, checklist, convert_incident as convert};
use crate::{
    domain::{
        action::{Asker, Deed},
        record::{Incident, Known},
    },
    notify::{self, Called, Poster},
    store::{
        actions,
        incidents::{self, Filter},
        posts,
    },
    watch::watcher::Options,
};

/// The service's state.
#[derive(Clone, Debug)]
pub struct Incidents {
    /// Rows.
    pub pool: PgPool,
    /// Who is told, and how.
    pub poster: Poster,
    /// How the watch looks.
    pub options: Options,
    /// Whether a dead-man's signal is sent anywhere.
    pub has_heartbeat: bool,
}

#[tonic::async_trait]
impl IncidentService for Incidents {
    async fn list_incidents(
        &self,
        request: Request<ListIncidentsRequest>,
    ) -> Result<Response<ListIncidentsResponse>, Status> {
        require(&request, Role::Viewer)?;
        let asked = request.into_inner();
        let most = parse::page_size("page_size", asked.page_size, 50, 500)?;
        let filter = Filter {
            state: convert::wanted_state(asked.state()),
            kind: Some(asked.kind.to_uppercase()).filter(|kind| !kind.is_empty()),
            tenant_id: Some(asked.tenant_id).filter(|id| !id.is_empty()),
            id: None,
            before: parse::optional_id("page_token", &asked.page_token)?,
        };
        let rows = incidents::list(&self.pool, &filter, most.into()).await.map_err(Failure::internal)?;
        let last = rows.last().filter(|_| rows.len() == most as usize);
        let next_page_token = last.map(|incident| incident.id.to_string()).unwrap_or_default();
        let incidents = rows.into_iter().map(convert::incident).collect();
        Ok(Response::new(ListIncidentsResponse { incidents, next_page_token }))
    }

    async fn get_incident(
        &self,
        request: Request<GetIncidentRequest>,
    ) -> Result<Response<GetIncidentResponse>, Status> {
        require(&request, Role::Viewer)?;
        let id = parse::id("incident_id", &request.get_ref().incident_id)?;
        let incident = self.incident(id).await?;
        let told = posts::told(&self.pool, id).await.map_err(Failure::internal)?;
        let actions = actions::of_incident(&self.pool, id).await.map_err(Failure::internal)?;
        Ok(Response::new(GetIncidentResponse {
            incident: Some(convert::incident(incident)),
            tellings: told.into_iter().map(convert::telling).collect(),
            actions: actions.into_iter().map(convert::action).collect(),
        }))
    }

    async fn acknowledge_incident(
        &self,
        request: Request<AcknowledgeIncidentRequest>,
    ) -> Result<Response<AcknowledgeIncidentResponse>, Status> {
        let caller = require(&request, Role::Operator)?;
        let asked = request.into_inner();
        let asker = asker(caller, &asked.asked_by)?;
        let id = parse::id("incident_id", &asked.incident_id)?;
        let note = if asked.note.is_empty() { String::new() } else { parse::text("note", &asked.note, 500)? };
        self.note(id, Deed::Acknowledge, &asker, note).await?;
        let incident = Some(convert::incident(self.incident(id).await?));
        Ok(Response::new(AcknowledgeIncidentResponse { incident }))
    }

    async fn close_incident(
        &self,
        request: Request<CloseIncidentRequest>,
    ) -> Result<Response<CloseIncidentResponse>, Status> {
        let caller = require(&request, Role::Operator)?;
        let asked = request.into_inner();
        let asker = asker(caller, &asked.asked_by)?;
        let id = parse::id("incident_id", &asked.incident_id)?;
        let reason = parse::text("reason", &asked.reason, 500)?;
        self.note(id, Deed::Close, &asker, reason).await?;
        let incident = Some(convert::incident(self.incident(id).await?));
        Ok(Response::new(CloseIncidentResponse { incident }))
    }

    async fn send_test_alert(
        &self,
        request: Request<SendTestAlertRequest>,
    ) -> Result<Response<SendTestAlertResponse>, Status> {
        let caller = require(&request, Role::Operator)?;
        let asker = asker(caller, &request.get_ref().asked_by)?;
        let targets = self.poster.targets.configured();
        if targets.is_empty() {
            return Err(Failure::precondition(
                "nobody is to be told: no receiver is set",
                "set FRONTDESK_ALERTING__SLACK_WEBHOOK_URL or FRONTDESK_ALERTING__WEBHOOK_URL and start again",
            )
            .into());
        }
        let mut receivers = Vec::new();
        for target in targets {
            let called = notify::test(&self.poster, target, &asker.asked_by, self.poster.clock.now()).await;
            let (arrived, answer) = match called {
                Called::Arrived => (true, "it arrived".to_owned()),
                Called::Not { why, .. } | Called::Unknown { why } => (false, why),
            };
            actions::note_incident(&self.pool, Deed::TestAlert, &asker, None, target.name(), &answer)
                .await
                .map_err(Failure::internal)?;
            receivers.push(TestedReceiver { target: target.name().to_owned(), arrived, answer });
        }
        Ok(Response::new(SendTestAlertResponse { receivers }))
    }

    async fn check_alerting(
        &self,
        request: Request<CheckAlertingRequest>,
    ) -> Result<Response<CheckAlertingResponse>, Status> {
        require(&request, Role::Viewer)?;
        let checks = checklist::checks(self).await.map_err(Failure::internal)?;
        Ok(Response::new(CheckAlertingResponse { well: checks.iter().all(|check| check.well), checks }))
    }
}

impl Incidents {
    async fn incident(&self, id: IncidentId) -> Result<Incident, Failure> {
        let filter = Filter { id: Some(id), ..Filter::default() };
        let found = incidents::list(&self.pool, &filter, 1).await.map_err(Failure::internal)?;
        found.into_iter().next().ok_or_else(|| Failure::not_found("incident", id))
    }

    /// Writes down that somebody knows, with who it was.
    async fn note(&self, id: IncidentId, deed: Deed, asker: &Asker, note: String) -> Result<(), Failure> {
        let mut changes = self.pool.begin().await.map_err(Failure::internal)?;
        let found = incidents::lock(&mut changes, id).await.map_err(Failure::internal)?;
        let (state, kind) = found.ok_or_else(|| Failure::not_found("incident", id))?;
        if state == "recovered" {
            return Err(Failure::precondition("the incident is over", "nothing more needs doing"));
        }
        let by = if asker.asked_by.is_empty() { asker.role.clone() } else { asker.asked_by.clone() };
        let known = Known { by, at: self.poster.clock.now(), note };
        incidents::note_known(&mut changes, id, &known, deed == Deed::Close)
            .await
            .map_err(Failure::internal)?;
        actions::note_incident(&mut *changes, deed, asker, Some(id), &kind, &known.note)
            .await
            .map_err(Failure::internal)?;
        changes.commit().await.map_err(Failure::internal)
    }
}
