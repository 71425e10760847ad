use super::super::context::Turn;
use super::super::offer;
use super::super::ports::CalendarError;
use crate::domain::{Asked, Draft, For, Listing, NamedService};
use crate::texts::Message;

/// Services on one list.
pub(super) const PAGE: usize = 9;

/// Which service? The list from `offset` on; behind its end it begins again.
pub(in crate::turn) async fn choose_service(turn: &Turn<'_>, offset: usize) -> Result<Draft, CalendarError> {
    let all = turn.services().await?;
    let named =
        |service: &crate::domain::Service| NamedService { id: service.id, name: service.name.clone() };
    match all.as_slice() {
        [] => return Ok(turn.reply("no_services", &[Message::NoServices {}])),
        [only] => return choose_day(turn, named(only)).await,
        _ => {}
    }
    let offset = if offset < all.len() { offset } else { 0 };
    let page: Vec<_> = all.iter().skip(offset).take(PAGE).map(named).collect();
    let mut draft = turn.reply("services", &[services(&page, all.len() > PAGE)]);
    draft.asked = Some(Asked::Services { services: page, offset });
    Ok(draft)
}

pub(super) fn services(page: &[NamedService], more: bool) -> Message {
    Message::Services { services: page.iter().map(|service| service.name.clone()).collect(), more }
}

/// Which day?
pub(in crate::turn) async fn choose_day(
    turn: &Turn<'_>,
    service: NamedService,
) -> Result<Draft, CalendarError> {
    let listing = Listing { purpose: For::Booking, service, staff: None };
    offer::days(turn, "days", Vec::new(), listing, turn.snapshot.now).await
}
