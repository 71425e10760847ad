//! What tools answered, read from the text of their results.

use jiff::civil::Date;
use serde_json::Value;

use super::calendar::Calendar;
use super::clock;
use super::when::{Day, When};
use super::words::Words;

/// A free slot as a tool offered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    pub handle: String,
    pub label: String,
    /// The day at the business, if the label or the start tells it.
    pub date: Option<Date>,
    /// The minute of the day at the business.
    pub minute: Option<u16>,
}

/// A booking of the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Booking {
    pub reference: String,
    pub label: String,
    pub service: Option<String>,
}

/// The result of a call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outcome {
    /// The tool called.
    pub tool: String,
    /// Its arguments.
    pub arguments: Value,
    /// The result: JSON if it is JSON, otherwise its text.
    pub result: Value,
}

impl Outcome {
    pub fn new(tool: &str, arguments: &str, content: &str) -> Self {
        Self {
            tool: tool.to_owned(),
            arguments: serde_json::from_str(arguments).unwrap_or_default(),
            result: read(content),
        }
    }

    /// True when the tool said that something went wrong.
    pub fn failed(&self) -> bool {
        self.result.get("error").is_some_and(|error| !error.is_null())
    }

    /// The slots found; when there are none, the next free ones, if the tool names them.
    pub fn slots(&self, calendar: &Calendar) -> Vec<Slot> {
        let read = |name| self.list(name).filter_map(|slot| Slot::read(slot, calendar)).collect::<Vec<_>>();
        let found = read("slots");
        if found.is_empty() { read("next_free") } else { found }
    }

    pub fn bookings(&self) -> Vec<Booking> {
        self.list("bookings").filter_map(Booking::read).collect()
    }

    /// The texts in a list of snippets, or the one text of the result.
    pub fn snippets(&self) -> Vec<String> {
        let lists = ["snippets", "results", "passages"];
        let found: Vec<String> = lists
            .into_iter()
            .flat_map(|name| self.list(name))
            .filter_map(|snippet| {
                let texts = ["text", "content", "answer"].into_iter().find_map(|name| snippet.get(name));
                texts.unwrap_or(snippet).as_str().map(str::to_owned)
            })
            .collect();
        if found.is_empty() {
            let single = ["text", "answer"].into_iter().find_map(|name| self.result.get(name)?.as_str());
            return single.map(str::to_owned).into_iter().collect();
        }
        found
    }

    fn list(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.result.get(name).and_then(Value::as_array).into_iter().flatten()
    }
}

/// JSON, also when something stands around it.
fn read(content: &str) -> Value {
    let inner = content.find('{').and_then(|from| content.get(from..=content.rfind('}')?));
    inner
        .and_then(|inner| serde_json::from_str(inner).ok())
        .or_else(|| serde_json::from_str(content).ok())
        .unwrap_or_else(|| Value::String(content.to_owned()))
}

impl Slot {
    fn read(slot: &Value, calendar: &Calendar) -> Option<Self> {
        let handle = slot.get("handle")?.as_str()?.to_owned();
        let label = slot.get("label").and_then(Value::as_str).unwrap_or_default().to_owned();
        let starts_at = slot.get("starts_at").and_then(Value::as_str).unwrap_or_default();
        let (date, minute) = moment(&label, starts_at, calendar);
        Some(Self { handle, label, date, minute })
    }

    /// Reads a line of the prompt that shows a slot: `1: Thu 2026-03-05 10:00 with Ana, handle abc`.
    pub fn in_line(line: &str, calendar: &Calendar) -> Option<Self> {
        let (label, handle) = line.split_once("handle ")?;
        let handle = handle.split_whitespace().next()?.trim_end_matches([',', '.', ';', ')']).to_owned();
        let label = label.trim().trim_end_matches([',', '(', ':']).to_owned();
        let (date, minute) = moment(&label, "", calendar);
        minute.is_some().then_some(Self { handle, label, date, minute })
    }

    /// True when the wish can mean this slot. A wish that names neither day nor time means none.
    pub fn fits(&self, wish: &When) -> bool {
        let day = match (wish.day, self.date) {
            (Some(day), Some(date)) => day.is(date),
            (Some(_), None) => false,
            (None, _) => true,
        };
        let time = match (&wish.clock, self.minute) {
            (Some(clock), Some(minute)) => clock.is(minute),
            (Some(_), None) => false,
            (None, _) => true,
        };
        (wish.day.is_some() || wish.clock.is_some()) && day && time
    }
}

/// Day and time at the business. The label is written in its time zone; the start may be in any, so its digits
/// count only without a zone or where the label is silent.
fn moment(label: &str, starts_at: &str, calendar: &Calendar) -> (Option<Date>, Option<u16>) {
    let words = Words::of(label);
    let start = Words::of(&starts_at.replace('T', " "));
    let start_date = start.get(0).parse::<Date>().ok();
    let labelled = When::read(&words, calendar).day.and_then(|day| match day {
        // A label such as "Thu 10:00" or "5 March" is completed by the start.
        Day::Weekday(..) | Day::Number(..) => start_date.filter(|date| day.is(*date)).or(day.date()),
        Day::On(date) => Some(date),
    });
    let minute = |words: &Words| clock::read(words).and_then(|clock| clock.0.first().copied());
    let start_time = start.get(1).get(..5).map(Words::of);
    (labelled.or(start_date), minute(&words).or_else(|| minute(&start_time?)))
}

impl Booking {
    fn read(booking: &Value) -> Option<Self> {
        let text = |name: &str| booking.get(name).and_then(Value::as_str).map(str::to_owned);
        let told = [text("service"), text("starts_at"), text("staff")];
        Some(Self {
            reference: text("ref").or_else(|| text("reference"))?,
            label: text("label").unwrap_or_else(|| told.into_iter().flatten().collect::<Vec<_>>().join(", ")),
            service: text("service"),
        })
    }

    /// True when the wish names a day or a time that the label shows.
    pub fn fits(&self, wish: &When, calendar: &Calendar) -> bool {
        let (date, minute) = moment(&self.label, "", calendar);
        let slot = Slot { handle: String::new(), label: String::new(), date, minute };
        slot.fits(wish)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    fn slots(list: Value) -> Vec<(Option<Date>, Option<u16>)> {
        let outcome = Outcome::new("find_slots", "{}", &json!({"slots": list}).to_string());
        let calendar = Calendar::read("today 2026-03-02");
        outcome.slots(&calendar).iter().map(|slot| (slot.date, slot.minute)).collect()
    }

    #[test]
    fn day_and_time_come_from_the_label_first() {
        let expected = (Some(date(2026, 3, 5)), Some(600));
        for (label, starts_at) in [
            ("Thu 5 March 10:00", "2026-03-05T09:00:00Z"),
            ("Thu 5 March 10:00", ""),
            ("Thursday 10:00 with Ana", "2026-03-05T09:00:00Z"),
            ("jue 5 de marzo, 10:00", "2026-03-05T10:00:00+01:00"),
            ("", "2026-03-05T10:00:00"),
            ("2026-03-05 10:00", ""),
        ] {
            let slot = json!([{"handle": "h", "label": label, "starts_at": starts_at}]);
            assert_eq!(slots(slot), [expected], "{label} {starts_at}");
        }
        assert_eq!(slots(json!([{"label": "no handle"}])), []);
    }

    #[test]
    fn slots_are_read_from_lines_and_from_what_is_free_next() {
        let calendar = Calendar::read("today 2026-03-02");
        let slot = Slot::in_line("2: Thu 2026-03-05 11:30 with Ana, handle s1.abc-_9=", &calendar).unwrap();
        assert_eq!(
            (slot.handle.as_str(), slot.date, slot.minute),
            ("s1.abc-_9=", Some(date(2026, 3, 5)), Some(690))
        );
        assert_eq!(Slot::in_line("Use handles unchanged: a handle is opaque", &calendar), None);
        let none = r#"{"slots":[],"next_free":[{"handle":"h","label":"Fri 6 March 10:00"}]}"#;
        assert_eq!(Outcome::new("find_slots", "{}", none).slots(&calendar).len(), 1);
    }

    #[test]
    fn results_are_read_also_with_something_around_them() {
        let outcome = Outcome::new(
            "list_my_bookings",
            "{}",
            "<result>{\"bookings\":[{\"ref\":\"B1\",\"label\":\"Check-up, Thu 5 March 10:00\"}]}</result>",
        );
        let bookings = outcome.bookings();
        assert_eq!(bookings[0].reference, "B1");
        let calendar = Calendar::read("today 2026-03-02");
        let wish = |text| When::read(&Words::of(text), &calendar);
        assert!(bookings[0].fits(&wish("the Thursday one"), &calendar));
        assert!(!bookings[0].fits(&wish("the Friday one"), &calendar));
        assert!(!bookings[0].fits(&wish("my appointment"), &calendar));
        let told = r#"{"bookings":[{"ref":"B1","service":"Check-up","staff":"Ana","starts_at":"Thu 2026-03-05 10:00"}]}"#;
        assert_eq!(
            Outcome::new("list_my_bookings", "{}", told).bookings()[0].label,
            "Check-up, Thu 2026-03-05 10:00, Ana"
        );
    }

    #[test]
    fn errors_and_snippets_are_found_in_their_shapes() {
        let outcome = |content: &str| Outcome::new("x", "{}", content);
        assert!(outcome(r#"{"error":"the slot is gone"}"#).failed() && !outcome(r#"{"slots":[]}"#).failed());
        assert_eq!(
            outcome(r#"{"snippets":[{"id":"k1","text":"We open at nine."}]}"#).snippets(),
            ["We open at nine."]
        );
        assert_eq!(outcome(r#"{"results":["Parking behind the house."]}"#).snippets().len(), 1);
        assert!(outcome("nothing found").snippets().is_empty());
    }
}
