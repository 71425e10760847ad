//! Twilio's error codes. Most come with a status callback, some with a refusal, some with both.

use std::time::Duration;

use crate::domain::causes::Cause;

const MINUTE: Duration = Duration::from_secs(60);

/// What a code means, and how long to wait where the cause's own wait is too short. `None`: a code nobody described.
/// `north_american`: the recipient's number, which matters to WhatsApp's rule about marketing.
pub(super) fn cause(code: i64, north_american: bool) -> Option<(Cause, Option<Duration>)> {
    let cause = match code {
        20_003 | 63_001 => Cause::KeyRefused,
        20_404 => Cause::InstanceMissing,
        20_429 => Cause::RateLimited,
        // Twilio's own failures: nobody knows whether the message was taken before.
        20_500 | 20_503 => Cause::UnclearRefusal,
        21_211 | 63_002 | 63_003 => Cause::InvalidAddress,
        21_608 | 63_007 | 63_008 | 63_020 | 63_022 => Cause::SenderNotReady,
        21_609 => Cause::CallbackRefused,
        21_610 => Cause::Unsubscribed,
        21_611 => return Some((Cause::RateLimited, Some(2 * MINUTE))),
        21_617 | 21_658 => Cause::TooLarge,
        21_619 | 63_006 | 63_021 | 63_025 | 63_030 => Cause::InvalidRequest,
        21_654..=21_656 | 63_027 | 63_028 | 63_029 => Cause::TemplateRefused,
        30_001 | 63_010 | 63_012 => Cause::ProviderError,
        30_008 | 63_023 => Cause::Glitch,
        63_005 | 63_013 => Cause::ContentRefused,
        63_016 => Cause::WindowClosed,
        63_017 => Cause::AccountLimited,
        // WhatsApp's limit for the number: of its speed, or for its quality.
        63_018 => return Some((Cause::RateLimited, Some(10 * MINUTE))),
        63_119 => return Some((Cause::RateLimited, Some(MINUTE))),
        63_019 => Cause::MediaFailed,
        63_024 => Cause::Undeliverable,
        63_032 => Cause::Excluded,
        63_038 => Cause::QuotaUsedUp,
        63_049 if north_american => Cause::Excluded,
        63_049 => Cause::HeldBack,
        63_062 => Cause::PolicyBlocked,
        _ => return None,
    };
    Some((cause, None))
}
