//! What a replay would come to, in words: what stands against a dead message now may be something else than what it died of.

/// What is known when a replay is thought about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prospect {
    /// What it is for.
    pub class: String,
    /// The customer wants no more messages.
    pub opted_out: bool,
    /// Nothing but a template may go to them now, and it is none and names none.
    pub window_closed: bool,
    /// Nothing but a template may go, and it has one.
    pub as_template: bool,
    /// Why the channel's door is closed, in words.
    pub closed: Option<&'static str>,
    /// `delivery.send_enabled`.
    pub sending: bool,
}

impl Prospect {
    /// In the words of a dry run.
    #[must_use]
    pub fn words(&self) -> String {
        let class = &self.class;
        let queued = format!("a {class} would be queued at the end of its line");
        if self.opted_out {
            return format!("{queued} and not sent: the customer asked for no more messages");
        }
        if self.window_closed {
            return format!(
                "{queued} and given up again: the customer has not written for a day, and it has no template"
            );
        }
        let sent = match (self.sending, self.as_template) {
            (false, _) => "would end as a dry run, since sending is switched off",
            (true, true) => "sent as its template when its turn comes",
            (true, false) => "sent when its turn comes",
        };
        let content = "what it says is in the payload";
        match self.closed {
            Some(why) => {
                format!("{queued}, wait while the channel's door is closed ({why}), and {sent}; {content}")
            }
            None => format!("{queued} and {sent}; {content}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_against_it_is_said() {
        let free = Prospect { class: "notice".to_owned(), sending: true, ..Prospect::default() };
        for (prospect, says) in [
            (free.clone(), "and sent when its turn comes"),
            (Prospect { opted_out: true, ..free.clone() }, "not sent: the customer asked"),
            (
                Prospect { window_closed: true, ..free.clone() },
                "given up again: the customer has not written",
            ),
            (Prospect { as_template: true, ..free.clone() }, "sent as its template"),
            (
                Prospect { closed: Some("an operator paused it"), ..free.clone() },
                "closed (an operator paused it)",
            ),
            (Prospect { sending: false, ..free }, "dry run"),
        ] {
            assert!(prospect.words().contains(says), "{}", prospect.words());
        }
    }
}
