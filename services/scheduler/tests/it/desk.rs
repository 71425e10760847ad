use std::sync::Arc;

use clock::SystemClock;
use contract::scheduler::v1 as proto;
use contract::scheduler::v1::booking_service_server::BookingServiceServer;
use contract::scheduler::v1::calendar_service_server::CalendarServiceServer;
use contract::scheduler::v1::reminder_service_server::ReminderServiceServer;
use jiff::{SignedDuration, Timestamp};
use rpc::parse::proto_time;
use runtime::Lifecycle;
use scheduler::domain::slot_handle::Signer;
use scheduler::domain::wording::Templates;
use scheduler::grpc::{Bookings, Calendars, Reminders};
use settings::{Auth, Secret};

use crate::fixture::House;

/// What operators do over gRPC, against a house of its own.
pub struct Desk {
    pub house: House,
    life: Lifecycle,
    pub address: String,
}

impl Desk {
    pub async fn open() -> anyhow::Result<Self> {
        testkit::install_tls();
        let house = House::open().await?;
        let life = Lifecycle::new();
        let auth = Auth {
            viewer_token: "a viewer's token".into(),
            operator_token: "an operator's token".into(),
            ..Auth::default()
        };
        let clock = SystemClock::shared();
        let calendars = Calendars {
            pool: house.pool.clone(),
            clock: clock.clone(),
            signer: Signer::try_new(&Secret::from("a signing key for these tests"))?,
            offer_lasts: SignedDuration::from_mins(30),
        };
        let templates = Arc::new(Templates::try_new()?);
        let bookings =
            Bookings { pool: house.pool.clone(), clock: clock.clone(), templates: templates.clone() };
        let reminders = Reminders { pool: house.pool.clone(), clock, templates };
        let address = rpc::Server::new(([127, 0, 0, 1], 0).into(), &auth)
            .with_service(CalendarServiceServer::new(calendars))
            .with_service(BookingServiceServer::new(bookings))
            .with_service(ReminderServiceServer::new(reminders))
            .serve(life.clone())
            .await?;
        Ok(Self { house, life, address: format!("http://{address}") })
    }

    pub fn client(&self, token: &str) -> anyhow::Result<rpc::Client> {
        Ok(rpc::connect(&self.address, &Secret::from(token))?)
    }

    pub fn operator(&self) -> anyhow::Result<rpc::Client> {
        self.client("an operator's token")
    }

    pub fn create(&self, request_id: &str, starts_at: Timestamp) -> proto::CreateBookingRequest {
        proto::CreateBookingRequest {
            tenant_id: self.house.tenant().to_string(),
            request_id: request_id.into(),
            service: "cut".into(),
            staff: "bea".into(),
            starts_at: Some(proto_time(starts_at)),
            customer_name: "Ann Example".into(),
            language: String::new(),
            recipient: Some(proto::Recipient {
                channel_id: self.house.channel.to_string(),
                conversation_id: self.house.ann.conversation.to_string(),
                contact_id: self.house.ann.contact.to_string(),
                address: "351912345678".into(),
            }),
            phone: String::new(),
            channel: String::new(),
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.life.stop();
    }
}
