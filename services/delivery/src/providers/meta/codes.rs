//! Meta's error codes. The same ones come with a refusal and, later, with a status `failed`.

use std::time::Duration;

use crate::domain::causes::Cause;

const MINUTE: Duration = Duration::from_secs(60);

const HOUR: Duration = Duration::from_secs(60 * 60);

/// What a code means, and how long to wait where the cause's own wait is too short. `None`: a code nobody described.
pub(super) fn cause(code: i64) -> Option<(Cause, Option<Duration>)> {
    let cause = match code {
        0 | 190 => Cause::KeyRefused,
        1 => Cause::ProviderError,
        2 | 131_016 | 133_004 => Cause::Unavailable,
        3 | 10 | 200..=299 | 131_005 => Cause::Forbidden,
        4 => Cause::AccountLimited,
        80_007 => return Some((Cause::AccountLimited, Some(5 * MINUTE))),
        33 | 131_030 | 131_037 | 131_045 => Cause::SenderNotReady,
        133_000 | 133_005 | 133_006 | 133_008 | 133_009 | 133_010 | 133_015 => Cause::SenderNotReady,
        100 | 131_008 | 131_009 | 131_051 | 135_000 => Cause::InvalidRequest,
        368 | 131_031 => Cause::Banned,
        130_429 => Cause::RateLimited,
        131_056 => Cause::PairLimited,
        131_048 => Cause::QualityLimited,
        133_016 => return Some((Cause::RateLimited, Some(72 * HOUR))),
        130_472 | 130_497 => Cause::Excluded,
        // May be raised after the message was taken.
        131_000 => Cause::UnclearRefusal,
        // To oneself.
        131_021 => Cause::InvalidAddress,
        131_026 => Cause::Undeliverable,
        131_042 | 131_044 => Cause::PaymentRequired,
        131_043 => Cause::ExpiredThere,
        131_047 => Cause::WindowClosed,
        131_049 => Cause::HeldBack,
        131_050 => Cause::MarketingStopped,
        131_052 => Cause::CustomerMedia,
        131_053 => Cause::MediaFailed,
        131_057 => return Some((Cause::Maintenance, Some(MINUTE))),
        131_062 => Cause::NumberNeeded,
        131_063 | 131_064 => Cause::PolicyBlocked,
        132_000 | 132_001 | 132_005 | 132_007 | 132_008 | 132_012 | 132_016 | 132_018 | 132_068 => {
            Cause::TemplateRefused
        }
        132_015 => return Some((Cause::TemplatePaused, Some(2 * HOUR))),
        132_069 => Cause::TemplatePaused,
        137_000 => Cause::IdentityChanged,
        _ => return None,
    };
    Some((cause, None))
}
