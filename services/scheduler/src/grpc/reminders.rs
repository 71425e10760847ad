use std::sync::Arc;

use clock::SharedClock;
use contract::scheduler::v1 as proto;
use contract::scheduler::v1::reminder_service_server::ReminderService;
use ids::{BookingId, TenantId};
use jiff::Timestamp;
use rpc::parse::{self, proto_time};
use rpc::{Failure, Role, require};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use super::{convert, read, status};
use crate::calendar::{calendar_of, service_of, staff_of};
use crate::domain::wording::{LocalTime, TemplateError, Templates};
use crate::reminders::{Words, text};
use crate::store;
use crate::store::reminders::Planned;

/// In previews somebody has to be addressed.
const SAMPLE_NAME: &str = "Alex";

/// A preview knows no channel.
const USUAL_CANCEL_WORD: &str = "CANCEL";

/// `frontdesk.scheduler.v1.ReminderService`.
#[derive(Debug)]
pub struct Reminders {
    /// Where the reminders are.
    pub pool: PgPool,
    /// What time it is.
    pub clock: SharedClock,
    /// The texts.
    pub templates: Arc<Templates>,
}

#[tonic::async_trait]
impl ReminderService for Reminders {
    async fn list_reminders(
        &self,
        request: Request<proto::ListRemindersRequest>,
    ) -> Result<Response<proto::ListRemindersResponse>, Status> {
        require(&request, Role::Viewer)?;
        let tenant: TenantId = parse::id("tenant_id", &request.get_ref().tenant_id)?;
        let booking: BookingId = parse::id("booking_id", &request.get_ref().booking_id)?;
        let mut connection = self.pool.acquire().await.map_err(status::of_pool)?;
        let reminders =
            store::reminders::list(&mut connection, tenant, booking).await.map_err(status::of_store)?;
        // No reminders is an answer; no booking is not.
        if reminders.is_empty() {
            store::bookings::get(&mut connection, tenant, booking)
                .await
                .map_err(status::of_store)?
                .ok_or_else(|| Failure::not_found("booking", booking))?;
        }
        let reminders = reminders.into_iter().map(convert::reminder).collect();
        Ok(Response::new(proto::ListRemindersResponse { reminders }))
    }

    async fn preview_reminders(
        &self,
        request: Request<proto::PreviewRemindersRequest>,
    ) -> Result<Response<proto::PreviewRemindersResponse>, Status> {
        require(&request, Role::Viewer)?;
        let request = request.into_inner();
        let tenant: TenantId = parse::id("tenant_id", &request.tenant_id)?;
        let service = read::named("service", &request.service)?;
        let staff = read::optional_named("staff", &request.staff)?;
        let starts_at = parse::time("starts_at", request.starts_at)?;
        let booked_at =
            parse::optional_time("booked_at", request.booked_at)?.unwrap_or_else(|| self.clock.now());
        let language = read::language(&request.language)?;

        let mut connection = self.pool.acquire().await.map_err(status::of_pool)?;
        let calendar = calendar_of(&mut connection, tenant).await.map_err(status::of_unknown)?;
        let service = service_of(&calendar, &service).map_err(status::of_unknown)?;
        let staff = staff
            .map(|name| staff_of(&calendar, &name))
            .transpose()
            .map_err(status::of_unknown)?
            .or_else(|| calendar.staff_for(service.id).next());
        let planned = store::reminders::preview(&mut connection, tenant, service.id, starts_at, booked_at)
            .await
            .map_err(status::of_store)?;
        let words = Words {
            customer_name: SAMPLE_NAME,
            business_name: &calendar.name,
            service_name: &service.name,
            staff_name: staff.map(|member| member.name.as_str()),
            disclose_service: calendar.disclose_service,
            starts_at,
            zone: &calendar.zone,
            language: calendar.language_for(language.as_deref().unwrap_or_default()),
            cancel_word: USUAL_CANCEL_WORD,
        };
        let reminders = (1..)
            .zip(planned)
            .map(|(number, planned)| self.planned(number, planned, &words))
            .collect::<Result<_, _>>()
            .map_err(status::of_template)?;
        Ok(Response::new(proto::PreviewRemindersResponse { reminders }))
    }
}

impl Reminders {
    fn planned(
        &self,
        number: i32,
        planned: Planned,
        words: &Words<'_>,
    ) -> Result<proto::PlannedReminder, TemplateError> {
        let due_at: Timestamp = planned.due_at;
        Ok(proto::PlannedReminder {
            number,
            scheduled_for: Some(proto_time(due_at)),
            local: Some(convert::local_time(LocalTime::new(due_at, words.zone, words.language))),
            not_after: Some(proto_time(planned.not_after)),
            text: text(&self.templates, words, due_at)?.0,
        })
    }
}
