use ids::BookingId;
use lexicon::{Danger, Word};
use serde::{Deserialize, Serialize};

/// How a turn is answered: the first rule that matches, in the order of this list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "route", rename_all = "snake_case")]
pub enum Route {
    /// Somebody may be in danger: a fixed text and a person, whatever the state.
    RedFlag {
        /// Which danger.
        danger: Danger,
    },
    /// The customer wants no more messages; that was done at accept, and is confirmed once.
    OptOut,
    /// Staff wrote from the phone: they have it now.
    TakenOver,
    /// Nothing is to be said.
    Silent {
        /// Why not.
        why: Silence,
    },
    /// Too old for a machine to answer.
    Late,
    /// A yes to the open proposal.
    Accept,
    /// A yes to a proposal that ran out: look again, show again.
    Renew,
    /// A no to the open proposal.
    Reject {
        /// Whether other times are wanted.
        offer_others: bool,
    },
    /// An answer that does not fit the question: ask again.
    AskAgain,
    /// A line of the list that was shown.
    Pick {
        /// Its number, from 1.
        number: u8,
    },
    /// The lines after those that were shown.
    More,
    /// None of what was shown, and enough of it.
    Drop,
    /// A no right after something was done.
    Undo,
    /// A no to a reminder.
    Declined,
    /// A press on a reminder's button.
    Reminded {
        /// Which appointment it named.
        booking: BookingId,
        /// Whether it is to be cancelled; else it is confirmed.
        cancel: bool,
    },
    /// A press on a button whose question is closed.
    Outdated,
    /// A word that is a command by itself.
    Command {
        /// Which.
        word: Word,
    },
    /// Nothing that can be read.
    Unreadable {
        /// What it is instead.
        what: Unreadable,
    },
    /// The menu, because no model can be asked.
    Menu {
        /// Why not.
        cause: MenuCause,
    },
    /// A model is asked.
    Ai,
}

/// Why nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// A person answers this conversation.
    HumanOwned,
    /// Nothing asks for an answer: a reaction, a withdrawal, news of the channel.
    Nothing,
    /// Thanks, or an ok with nothing open.
    Pleasantry,
    /// A second yes to what was just done.
    AlreadyDone,
    /// The other side is a machine, too, and says the same thing over and over.
    TwoBots,
}

/// What arrived instead of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unreadable {
    /// Speech or other sound.
    Sound,
    /// A picture, film or file.
    Media,
    /// A changed message.
    Edit,
    /// A sticker, a place, a card, or something unknown.
    Other,
}

/// Why no model is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MenuCause {
    /// The agent has no model, or no endpoint is configured.
    AiOff,
    /// Every endpoint has failed too often of late.
    BreakerOpen,
}

impl Route {
    /// Its name in rows and metrics, from a closed set.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RedFlag { .. } => "red_flag",
            Self::OptOut => "opt_out",
            Self::TakenOver => "taken_over",
            Self::Silent { .. } => "silent",
            Self::Late => "late",
            Self::Accept => "accept",
            Self::Renew => "renew",
            Self::Reject { .. } => "reject",
            Self::AskAgain => "ask_again",
            Self::Pick { .. } => "pick",
            Self::More => "more",
            Self::Drop => "drop",
            Self::Undo => "undo",
            Self::Declined => "declined",
            Self::Reminded { .. } => "reminded",
            Self::Outdated => "outdated",
            Self::Command { .. } => "command",
            Self::Unreadable { .. } => "unreadable",
            Self::Menu { .. } => "menu",
            Self::Ai => "ai",
        }
    }
}
