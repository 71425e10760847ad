use std::sync::Arc;
use std::time::Duration;

use conversation::turn::ports::{Calendar, CalendarError, Remembered};
use ids::ContactId;
use jiff::Timestamp;

use crate::calendar::{FakeCalendar, tenant};

#[tokio::test(start_paused = true)]
async fn and_nothing_else_is() {
    let asked = Arc::new(FakeCalendar::new(Timestamp::UNIX_EPOCH));
    let calendar = Remembered::new(asked.clone());
    let services = calendar.services(tenant()).await;
    assert_eq!(services.as_ref().map(Vec::len), Ok(2));
    asked.go_down();
    tokio::time::advance(Duration::from_secs(14)).await;
    assert_eq!(calendar.services(tenant()).await, services, "known for a while");
    let bookings = calendar.bookings(tenant(), ContactId::generate()).await;
    assert!(matches!(bookings, Err(CalendarError::Unavailable)), "{bookings:?}");
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(calendar.services(tenant()).await, Err(CalendarError::Unavailable));
}
