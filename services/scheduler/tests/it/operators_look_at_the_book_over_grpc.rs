use contract::scheduler::v1 as proto;
use contract::scheduler::v1::booking_service_client::BookingServiceClient;
use contract::scheduler::v1::calendar_service_client::CalendarServiceClient;
use contract::scheduler::v1::reminder_service_client::ReminderServiceClient;
use jiff::{Timestamp, ToSpan};
use rpc::parse::proto_time;
use tonic::Code;

use crate::desk::Desk;
use crate::fixture::in_hours;

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
