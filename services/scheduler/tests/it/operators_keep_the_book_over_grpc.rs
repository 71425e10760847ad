use contract::scheduler::v1 as proto;
use contract::scheduler::v1::booking_service_client::BookingServiceClient;
use contract::scheduler::v1::reminder_service_client::ReminderServiceClient;
use jiff::{Timestamp, ToSpan};
use rpc::parse::proto_time;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::desk::Desk;
use crate::fixture::in_hours;

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
