use serde::{Deserialize, Serialize};

/// What a message was marked with when it was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// The customer wants no more messages.
    OptOut,
    /// Somebody may be in danger.
    RedFlag,
}

impl Mark {
    /// The mark as rows store it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OptOut => "opt_out",
            Self::RedFlag => "red_flag",
        }
    }
}

/// Which danger a message speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Danger {
    /// A medical emergency.
    Emergency,
    /// Thoughts of suicide or self-harm.
    SelfHarm,
}

/// One thing that can be said by a word or a short phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// A plain yes.
    Yes,
    /// "Ok", "perfect", 👍: a yes beside a question, a pleasantry otherwise.
    Ok,
    /// A plain no, also 👎.
    No,
    /// "Confirm".
    Confirm,
    /// "Cancel", in the sense of an appointment.
    Cancel,
    /// "Don't cancel", "keep it".
    Keep,
    /// "Reschedule", "change my appointment".
    Reschedule,
    /// Wants a person.
    Person,
    /// "Menu", "help".
    Menu,
    /// "Start".
    Start,
    /// "End", "quit": may mean stop messaging me, may mean leave this menu.
    Quit,
    /// A greeting and nothing else.
    Greeting,
    /// Thanks or goodbye and nothing else.
    Thanks,
    /// Asks whether it talks to a machine.
    Robot,
    /// "2", "the second one".
    Number(u8),
}

impl Word {
    /// The one meaning that several words share, if they do.
    ///
    /// Greetings and thanks give way to anything else; kinds of yes are one yes; everything else must be equal.
    pub fn agree(words: &[Self]) -> Option<Self> {
        let pleasant = |word: &Self| matches!(word, Self::Greeting | Self::Thanks);
        let mut rest = words.iter().filter(|word| !pleasant(word));
        let Some(first) = rest.next() else {
            return words.iter().find(|word| **word == Self::Greeting).or(words.first()).copied();
        };
        rest.try_fold(*first, |so_far, next| so_far.with(*next))
    }

    /// Whether this word agrees to what was proposed.
    pub const fn is_yes(self) -> bool {
        matches!(self, Self::Yes | Self::Ok | Self::Confirm)
    }

    fn with(self, other: Self) -> Option<Self> {
        use Word::{Confirm, Keep, No, Number, Ok, Yes};
        match (self, other) {
            (a, b) if a == b => Some(a),
            (Yes | Ok | Confirm, number @ Number(_)) | (number @ Number(_), Yes | Ok | Confirm) => {
                Some(number)
            }
            (Yes, Ok | Confirm) | (Ok | Confirm, Yes) => Some(Yes),
            (Ok, Confirm) | (Confirm, Ok) => Some(Confirm),
            (No, Keep) | (Keep, No) => Some(Keep),
            _ => None,
        }
    }
}
