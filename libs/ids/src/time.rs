//! What an id tells about its time. A UUIDv7 begins with the milliseconds since 1970, so a range of ids is a range of time: rows
//! made about when an id was made are found by their key, without an index of their own.

use uuid::Uuid;

/// Rows of the same walk may be older than an id (clocks differ) or younger (they waited).
const EARLIER_MS: i64 = 60_000;
const LATER_MS: i64 = 15 * 60_000;

/// The smallest id made at or after a time, in milliseconds since 1970.
#[must_use]
pub fn earliest_at(milliseconds: i64) -> Uuid {
    let shown = u128::from(milliseconds.max(0).unsigned_abs()) & 0xffff_ffff_ffff;
    Uuid::from_u128(shown << 80)
}

/// The first and the last id of rows that belong to this id's moment: from a minute before to a quarter of an hour after.
/// `None`: the id does not tell its time.
#[must_use]
pub fn made_about(id: Uuid) -> Option<(Uuid, Uuid)> {
    if id.get_version_num() != 7 {
        return None;
    }
    let made = i64::try_from(id.as_u128() >> 80).ok()?;
    Some((earliest_at(made - EARLIER_MS), earliest_at(made + LATER_MS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_lies_in_its_own_moment_and_not_in_another() {
        let id = Uuid::now_v7();
        let Some((from, until)) = made_about(id) else { panic!("{id} tells no time") };
        assert!(from < id && id < until);
        let older = Uuid::from_u128(id.as_u128() - ((2 * 60_000) << 80));
        assert!(older < from);
        assert_eq!(made_about(Uuid::from_u128(7)), None);
    }
}
