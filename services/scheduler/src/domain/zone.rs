//! Time zones by name, from the zone data built into the program: the same everywhere, whatever the machine has.

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The time zone of that IANA name ("Europe/Lisbon").
pub fn named(name: &str) -> Option<TimeZone> {
    ZONES.get(name).ok()
}
