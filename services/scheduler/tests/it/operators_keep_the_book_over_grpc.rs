use std::sync::Arc;

use clock::SystemClock;
use contract::scheduler::v1 as proto;
use contract::scheduler::v1::booking_service_client::BookingServiceClient;
use contract::scheduler::v1::booking_service_server::BookingServiceServer;
use contract::scheduler::v1::calendar_service_client::CalendarServiceClient;
use contract::scheduler::v1::calendar_service_server::CalendarServiceServer;
use contract::scheduler::v1::reminder_service_client::ReminderServiceClient;
use contract::scheduler::v1::reminder_service_server::ReminderServiceServer;
use jiff::{SignedDuration, Timestamp, ToSpan};
use rpc::parse::proto_time;
use runtime::Lifecycle;
use scheduler::domain::slot_handle::Signer;
use scheduler::domain::wording::Templates;
use scheduler::grpc::{Bookings, Calendars, Reminders};
use settings::{Auth, Secret};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::fixture::{House, in_hours};

struct Desk {
    house: House,
    life: Lifecycle,
    address: String,
}

impl Desk {
    async fn open() -> anyhow::Result<Self> {
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

    fn client(&self, token: &str) -> anyhow::Result<rpc::Client> {
        Ok(rpc::connect(&self.address, &Secret::from(token))?)
    }

    fn operator(&self) -> anyhow::Result<rpc::Client> {
        self.client("an operator's token")
    }

    fn create(&self, request_id: &str, starts_at: Timestamp) -> proto::CreateBookingRequest {
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

#[tokio::test]
async fn they_book_move_and_cancel() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let tenant_id = desk.house.tenant().to_string();
    let mut book = BookingServiceClient::new(desk.operator()?);
    let starts_at = in_hours(30)?;
    let created =
        book.create_booking(desk.create("r1", starts_at)).await?.into_inner().booking.unwrap_or_default();
    assert_eq!(created.status(), proto::BookingStatus::Confirmed);
    assert_eq!(created.service.clone().unwrap_or_default().name, "Haircut");
    let again =
        book.create_booking(desk.create("r1", starts_at)).await?.into_inner().booking.unwrap_or_default();
    assert_eq!(again.id, created.id);

    let moved = proto::RescheduleBookingRequest {
        tenant_id: tenant_id.clone(),
        request_id: "r1".into(),
        booking_id: created.id.clone(),
        starts_at: Some(proto_time(starts_at + 5.hours())),
        staff: "cleo".into(),
        service: String::new(),
        tell_customer: None,
    };
    let moved = book.reschedule_booking(moved).await?.into_inner().booking.unwrap_or_default();
    assert_eq!((moved.version, moved.staff.unwrap_or_default().name.as_str()), (2, "Cleo"));

    let cancel = |request_id: &str| proto::CancelBookingRequest {
        tenant_id: tenant_id.clone(),
        request_id: request_id.into(),
        booking_id: created.id.clone(),
        tell_customer: None,
    };
    let cancelled = book.cancel_booking(cancel("r1")).await?.into_inner().booking.unwrap_or_default();
    assert_eq!(cancelled.status(), proto::BookingStatus::Cancelled);
    let repeated = book.cancel_booking(cancel("r1")).await?.into_inner().booking.unwrap_or_default();
    assert_eq!(repeated.cancelled_at, cancelled.cancelled_at);
    let gone = book.cancel_booking(cancel("r2")).await.map_err(|status| status.code());
    assert_eq!(gone.err(), Some(Code::FailedPrecondition));

    let mut reminders = ReminderServiceClient::new(desk.operator()?);
    let listed = proto::ListRemindersRequest { tenant_id, booking_id: created.id.clone() };
    let listed = reminders.list_reminders(listed).await?.into_inner().reminders;
    assert_eq!(listed[0].job_id, format!("{}-reminder-1", created.id));
    assert!(listed.len() > 12 && listed.iter().all(|one| one.state() == proto::ReminderState::Voided));
    Ok(())
}

/// Who uses a name twice has a mistake, and would take the old answer for the new booking.
#[tokio::test]
async fn a_request_id_belongs_to_one_request() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let mut book = BookingServiceClient::new(desk.operator()?);
    let starts_at = in_hours(30)?;
    let first = book.create_booking(desk.create("r1", starts_at)).await?.into_inner();
    let second = book.create_booking(desk.create("r2", starts_at + 2.hours())).await?.into_inner();
    let (first, second) = (first.booking.unwrap_or_default(), second.booking.unwrap_or_default());

    let other = |asked: Result<String, Status>| {
        let told = asked.err().map(|told| (told.code(), told.get_error_details()));
        let reason = told.and_then(|(code, details)| Some((code, details.error_info()?.reason.clone())));
        assert_eq!(reason, Some((Code::FailedPrecondition, "IDEMPOTENCY_KEY_REUSED".to_owned())));
    };
    for wrong in [
        desk.create("r1", starts_at + 4.hours()),
        proto::CreateBookingRequest { customer_name: "Bob".into(), ..desk.create("r1", starts_at) },
        proto::CreateBookingRequest { recipient: None, ..desk.create("r1", starts_at) },
    ] {
        other(book.create_booking(wrong).await.map(|made| format!("{made:?}")));
    }
    let again = book.create_booking(desk.create("r1", starts_at)).await?.into_inner();
    assert_eq!(again.booking.unwrap_or_default().id, first.id);

    let shift = |booking: &proto::Booking, starts_at: Timestamp| proto::RescheduleBookingRequest {
        tenant_id: booking.tenant_id.clone(),
        request_id: "r1".into(),
        booking_id: booking.id.clone(),
        starts_at: Some(proto_time(starts_at)),
        ..Default::default()
    };
    let moved = book.reschedule_booking(shift(&first, starts_at + 6.hours())).await?.into_inner();
    for wrong in [shift(&first, starts_at + 8.hours()), shift(&second, starts_at + 6.hours())] {
        other(book.reschedule_booking(wrong).await.map(|made| format!("{made:?}")));
    }
    let again = book.reschedule_booking(shift(&first, starts_at + 6.hours())).await?.into_inner();
    assert_eq!(again.booking, moved.booking);
    let cancel = |booking: &proto::Booking| proto::CancelBookingRequest {
        tenant_id: booking.tenant_id.clone(),
        request_id: "r1".into(),
        booking_id: booking.id.clone(),
        tell_customer: None,
    };
    book.cancel_booking(cancel(&first)).await?;
    other(book.cancel_booking(cancel(&second)).await.map(|made| format!("{made:?}")));
    Ok(())
}

/// What was queued for customers: class and text.
async fn told(desk: &Desk) -> anyhow::Result<Vec<(String, String)>> {
    let told = "select class, body ->> 'text' from delivery.message order by created_at, id";
    Ok(sqlx::query_as(told).fetch_all(&desk.house.owner).await?)
}

#[tokio::test]
async fn the_customer_is_told_once_unless_nobody_wants_that() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let mut book = BookingServiceClient::new(desk.operator()?);
    let starts_at = in_hours(30)?;
    let mut create = desk.create("r1", starts_at);
    create.language = "es".into();
    let created = book.create_booking(create).await?.into_inner().booking.unwrap_or_default();
    let tenant_id = desk.house.tenant().to_string();
    let moved = |request_id: &str, hours: i64, tell_customer| proto::RescheduleBookingRequest {
        tenant_id: tenant_id.clone(),
        request_id: request_id.into(),
        booking_id: created.id.clone(),
        starts_at: Some(proto_time(starts_at + jiff::Span::new().hours(hours))),
        staff: String::new(),
        service: String::new(),
        tell_customer,
    };
    let cancel = |request_id: &str, tell_customer| proto::CancelBookingRequest {
        tenant_id: tenant_id.clone(),
        request_id: request_id.into(),
        booking_id: created.id.clone(),
        tell_customer,
    };
    book.reschedule_booking(moved("quiet", 1, Some(false))).await?;
    assert!(told(&desk).await?.is_empty());
    for _ in 0..2 {
        book.reschedule_booking(moved("told", 2, None)).await?;
    }
    let after_move = told(&desk).await?;
    assert_eq!(after_move.len(), 1, "{after_move:?}");
    assert_eq!(after_move[0].0, "confirmation");
    assert!(
        after_move[0].1.starts_with("Hola, Ann. Tu cita en House of Hair ha cambiado."),
        "{after_move:?}"
    );
    for _ in 0..2 {
        book.cancel_booking(cancel("gone", None)).await?;
    }
    let after_cancel = told(&desk).await?;
    assert_eq!(after_cancel.len(), 2, "{after_cancel:?}");
    assert!(after_cancel[1].1.contains("ha sido cancelada"), "{after_cancel:?}");
    let noted: Vec<String> = sqlx::query_scalar("select text from conversation.said order by said_at")
        .fetch_all(&desk.house.owner)
        .await?;
    assert_eq!(noted.len(), 2, "the conversation knows what its customer will read: {noted:?}");
    // What is refused is not told.
    assert!(book.cancel_booking(cancel("again", None)).await.is_err());
    assert_eq!(told(&desk).await?.len(), 2);
    // The booking's timeline finds all of it, also what changed it later.
    let threads =
        scheduler::store::timeline::threads(&desk.house.pool, Some(created.id.parse()?), None).await?;
    let said: Vec<uuid::Uuid> = sqlx::query_scalar("select correlation_id from delivery.message")
        .fetch_all(&desk.house.owner)
        .await?;
    let found = |correlation: &uuid::Uuid| threads.iter().any(|thread| thread.correlation == *correlation);
    assert!(said.iter().all(found), "{said:?} of {threads:?}");
    Ok(())
}

#[tokio::test]
async fn a_taken_time_and_a_wrong_field_are_said_plainly() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let mut book = BookingServiceClient::new(desk.operator()?);
    let starts_at = in_hours(30)?;
    book.create_booking(desk.create("r1", starts_at)).await?;
    let taken = book.create_booking(desk.create("r2", starts_at)).await.map_err(|status| status.code());
    assert_eq!(taken.err(), Some(Code::Aborted));

    let nobody = proto::CreateBookingRequest { staff: "nobody".into(), ..desk.create("r3", starts_at) };
    let unknown = book.create_booking(nobody).await.map_err(|status| status.code());
    assert_eq!(unknown.err(), Some(Code::NotFound));
    let unnamed = proto::CreateBookingRequest { request_id: String::new(), ..desk.create("", starts_at) };
    let invalid = book.create_booking(unnamed).await.map_err(|status| status.message().to_owned());
    assert_eq!(invalid.err().as_deref(), Some("request_id is missing; give it"));
    let past = book.create_booking(desk.create("r4", in_hours(-2)?)).await.map_err(|status| status.code());
    assert_eq!(past.err(), Some(Code::FailedPrecondition));
    Ok(())
}

#[tokio::test]
async fn a_customer_is_named_by_address_or_by_number() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let mut book = BookingServiceClient::new(desk.operator()?);
    let by_number = |request_id: &str, hours, phone: &str| {
        let create = desk.create(request_id, in_hours(hours)?);
        anyhow::Ok(proto::CreateBookingRequest { recipient: None, phone: phone.into(), ..create })
    };
    let made = book.create_booking(by_number("r1", 30, "+44 7700 900321")?).await?.into_inner().booking;
    let recipient = made.and_then(|booking| booking.recipient).unwrap_or_default();
    assert_eq!(recipient.address, "447700900321");
    assert_eq!(recipient.channel_id, desk.house.channel.to_string());

    let told = |refused: Result<_, Status>| refused.err().map(|status| status.message().to_owned());
    let local = told(book.create_booking(by_number("r2", 31, "07700900321")?).await).unwrap_or_default();
    assert!(local.starts_with("phone is ") && local.contains("E.164"), "{local}");
    let elsewhere =
        proto::CreateBookingRequest { channel: "elsewhere".into(), ..by_number("r3", 31, "+447700900321")? };
    let elsewhere = told(book.create_booking(elsewhere).await).unwrap_or_default();
    assert!(elsewhere.starts_with("channel is none of this business"), "{elsewhere}");
    let mut odd = desk.create("r4", in_hours(31)?);
    odd.recipient = odd.recipient.map(|to| proto::Recipient { address: "0912345678".into(), ..to });
    let odd = told(book.create_booking(odd).await).unwrap_or_default();
    assert!(odd.starts_with("recipient.address is neither a number in E.164"), "{odd}");
    Ok(())
}

#[tokio::test]
async fn who_may_only_look_may_not_write() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let mut book = BookingServiceClient::new(desk.client("a viewer's token")?);
    let refused = book.create_booking(desk.create("r1", in_hours(30)?)).await.map_err(|status| status.code());
    assert_eq!(refused.err(), Some(Code::PermissionDenied));
    let list =
        proto::ListBookingsRequest { tenant_id: desk.house.tenant().to_string(), ..Default::default() };
    assert!(book.list_bookings(list).await?.into_inner().bookings.is_empty());
    Ok(())
}

#[tokio::test]
async fn the_list_comes_in_pages_and_can_be_narrowed() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let mut book = BookingServiceClient::new(desk.operator()?);
    for n in 0..5 {
        book.create_booking(desk.create(&format!("r{n}"), in_hours(30 + n)?)).await?;
    }
    let mut list = proto::ListBookingsRequest {
        tenant_id: desk.house.tenant().to_string(),
        contact_id: desk.house.ann.contact.to_string(),
        upcoming_only: true,
        page_size: 2,
        ..Default::default()
    };
    let mut starts = Vec::new();
    let mut pages = 0;
    loop {
        let page = book.list_bookings(list.clone()).await?.into_inner();
        starts.extend(page.bookings.iter().filter_map(|booking| booking.starts_at).map(|at| at.seconds));
        pages += 1;
        if page.next_page_token.is_empty() {
            break;
        }
        list.page_token = page.next_page_token;
    }
    assert_eq!((pages, starts.len()), (3, 5));
    assert!(starts.is_sorted());
    list.page_token = String::new();
    list.contact_id = ids::ContactId::generate().to_string();
    assert!(book.list_bookings(list).await?.into_inner().bookings.is_empty());
    Ok(())
}

#[tokio::test]
async fn times_are_found_held_and_released() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let tenant_id = desk.house.tenant().to_string();
    let mut calendar = CalendarServiceClient::new(desk.operator()?);
    let listed = proto::ListServicesRequest { tenant_id: tenant_id.clone() };
    let listed = calendar.list_services(listed).await?.into_inner();
    assert_eq!((listed.business_name.as_str(), listed.time_zone.as_str()), ("House of Hair", "UTC"));
    assert_eq!(listed.services[0].staff.len(), 2);

    let find = proto::FindSlotsRequest {
        tenant_id: tenant_id.clone(),
        service: "cut".into(),
        limit: 3,
        language: "pt-BR".into(),
        ..Default::default()
    };
    let slots = calendar.find_slots(find).await?.into_inner().slots;
    assert_eq!(slots.len(), 3);
    assert!(slots[0].local.clone().unwrap_or_default().text.contains(" de "));
    let conversation_id = desk.house.ann.conversation.to_string();
    let handle = slots[0].handle.clone();
    let hold = |handle: &str, minutes| proto::HoldSlotRequest {
        tenant_id: tenant_id.clone(),
        handle: handle.into(),
        conversation_id: conversation_id.clone(),
        minutes,
        ..Default::default()
    };
    let kept = calendar.hold_slot(hold(&handle, 5)).await?.into_inner();
    assert_eq!(kept.starts_at, slots[0].starts_at);
    let too_long = calendar.hold_slot(hold(&handle, 11)).await.map_err(|status| status.code());
    assert_eq!(too_long.err(), Some(Code::InvalidArgument));
    let invented = calendar.hold_slot(hold("slot_invented", 5)).await.map_err(|status| status.code());
    assert_eq!(invented.err(), Some(Code::InvalidArgument));

    let release = proto::ReleaseHoldRequest { tenant_id, hold_id: kept.hold_id };
    assert!(calendar.release_hold(release.clone()).await?.into_inner().released);
    assert!(!calendar.release_hold(release).await?.into_inner().released);
    Ok(())
}

#[tokio::test]
async fn reminders_can_be_seen_before_anybody_is_booked() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let mut reminders = ReminderServiceClient::new(desk.client("a viewer's token")?);
    let booked_at: Timestamp = "2026-03-04T00:00:00Z".parse()?;
    let preview = proto::PreviewRemindersRequest {
        tenant_id: desk.house.tenant().to_string(),
        service: "cut".into(),
        starts_at: Some(proto_time(booked_at + 10.hours())),
        booked_at: Some(proto_time(booked_at)),
        ..Default::default()
    };
    let planned = reminders.preview_reminders(preview).await?.into_inner().reminders;
    let times: Vec<String> = planned.iter().map(|one| one.local.clone().unwrap_or_default().time).collect();
    assert_eq!(times, ["02:00", "04:00", "06:00", "08:00"]);
    assert!(planned[3].text.contains("in 2 hours"), "{}", planned[3].text);
    Ok(())
}
