use serde::Serialize;

use crate::domain::ChangeKind;

/// One paragraph for a customer, with the values it states. Named as its template is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "each text says what it is, in texts/en.toml")]
pub enum Message {
    Disclosure {},
    Greeting { name: Option<String> },
    Menu { ai: bool },
    Robot {},
    Quit {},
    ModelFailed {},
    NotSure {},
    Refused {},
    CalendarDown {},
    Services { services: Vec<String>, more: bool },
    NoServices {},
    Days { service: String, days: Vec<String> },
    Slots { service: String, slots: Vec<SlotLine> },
    NoSlots { service: String },
    NothingFree { service: String },
    ProposeBook { visit: VisitLine },
    ProposeMove { from: VisitLine, to: VisitLine },
    ProposeCancel { visit: VisitLine },
    Renewed {},
    Unclear {},
    PickNumber {},
    Booked { visit: VisitLine },
    Moved { visit: VisitLine },
    Cancelled { visit: VisitLine },
    AlreadyBooked {},
    AlreadyMoved {},
    AlreadyCancelled {},
    NothingBooked {},
    NothingMoved { visit: VisitLine },
    Dropped {},
    Kept { visit: VisitLine },
    OlderStays { bookings: Vec<VisitLine> },
    NothingToCancel {},
    NothingToMove {},
    NothingToConfirm {},
    NothingToKeep {},
    NoBookings {},
    WhichBooking { bookings: Vec<VisitLine>, then: Option<ChangeKind> },
    BookingActions { visit: VisitLine },
    Expected { visit: VisitLine, service: bool },
    OptedOut {},
    Emergency {},
    SelfHarm {},
    Handoff {},
    HandoffAgain {},
    Stuck {},
    Sound {},
    Media {},
    MediaPassedOn {},
    Edited {},
    Other {},
    CardNumber {},
    Taken { moving: bool },
    Gone {},
    Stale {},
    Outdated {},
    Moment {},
}

/// A free time as one line of a list says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SlotLine {
    /// "Thu 5 March 10:00".
    pub when: String,
    /// With whom.
    pub staff: String,
}

/// A visit as texts say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VisitLine {
    /// What.
    pub service: String,
    /// With whom.
    pub staff: String,
    /// "Thu 5 March 10:00".
    pub when: String,
    /// "Thursday 5 March 2026 at 10:00".
    pub when_long: String,
}

impl Message {
    /// The name of its template.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Disclosure {} => "disclosure",
            Self::Greeting { .. } => "greeting",
            Self::Menu { .. } => "menu",
            Self::Robot {} => "robot",
            Self::Quit {} => "quit",
            Self::ModelFailed {} => "model_failed",
            Self::NotSure {} => "not_sure",
            Self::Refused {} => "refused",
            Self::CalendarDown {} => "calendar_down",
            Self::Services { .. } => "services",
            Self::NoServices {} => "no_services",
            Self::Days { .. } => "days",
            Self::Slots { .. } => "slots",
            Self::NoSlots { .. } => "no_slots",
            Self::NothingFree { .. } => "nothing_free",
            Self::ProposeBook { .. } => "propose_book",
            Self::ProposeMove { .. } => "propose_move",
            Self::ProposeCancel { .. } => "propose_cancel",
            Self::Renewed {} => "renewed",
            Self::Unclear {} => "unclear",
            Self::PickNumber {} => "pick_number",
            Self::Booked { .. } => "booked",
            Self::Moved { .. } => "moved",
            Self::Cancelled { .. } => "cancelled",
            Self::AlreadyBooked {} => "already_booked",
            Self::AlreadyMoved {} => "already_moved",
            Self::AlreadyCancelled {} => "already_cancelled",
            Self::NothingBooked {} => "nothing_booked",
            Self::NothingMoved { .. } => "nothing_moved",
            Self::Dropped {} => "dropped",
            Self::Kept { .. } => "kept",
            Self::OlderStays { .. } => "older_stays",
            Self::NothingToCancel {} => "nothing_to_cancel",
            Self::NothingToMove {} => "nothing_to_move",
            Self::NothingToConfirm {} => "nothing_to_confirm",
            Self::NothingToKeep {} => "nothing_to_keep",
            Self::NoBookings {} => "no_bookings",
            Self::WhichBooking { .. } => "which_booking",
            Self::BookingActions { .. } => "booking_actions",
            Self::Expected { .. } => "expected",
            Self::OptedOut {} => "opted_out",
            Self::Emergency {} => "emergency",
            Self::SelfHarm {} => "self_harm",
            Self::Handoff {} => "handoff",
            Self::HandoffAgain {} => "handoff_again",
            Self::Stuck {} => "stuck",
            Self::Sound {} => "sound",
            Self::Media {} => "media",
            Self::MediaPassedOn {} => "media_passed_on",
            Self::Edited {} => "edited",
            Self::Other {} => "other",
            Self::CardNumber {} => "card_number",
            Self::Taken { .. } => "taken",
            Self::Gone {} => "gone",
            Self::Stale {} => "stale",
            Self::Outdated {} => "outdated",
            Self::Moment {} => "moment",
        }
    }
}
