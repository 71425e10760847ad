//! From rows to recipients: each number once, each gap filled.

use std::collections::{BTreeMap, HashMap};

use addressing::Phone;
use serde_json::Value;

use super::fill;

/// A recipient as it comes in. Its debug form tells nothing but the line.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Where it stands.
    pub line: i32,
    /// The number.
    pub to: String,
    /// What goes into the gaps.
    pub values: BTreeMap<String, String>,
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row").field("line", &self.line).finish_non_exhaustive()
    }
}

/// A row that cannot be used. Never repeats a number or a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Where it stands.
    pub line: i32,
    /// The column.
    pub field: String,
    /// What is wrong.
    pub problem: String,
    /// What would be right.
    pub remedy: &'static str,
}

/// Somebody who can be written to.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// Where the row stood.
    pub line: i32,
    /// The number, folded.
    pub phone: Phone,
    /// What is said to them; `None`: the campaign's own words, which have no gaps.
    pub body: Option<Value>,
}

/// The recipients in their order, and the rows that make none.
pub fn read(rows: Vec<Row>, content: &Value) -> (Vec<Recipient>, Vec<BadRow>) {
    let (mut recipients, mut bad) = (Vec::with_capacity(rows.len()), Vec::new());
    let mut seen: HashMap<Phone, i32> = HashMap::with_capacity(rows.len());
    for row in rows {
        match recipient(&row, content, &mut seen) {
            Ok(recipient) => recipients.push(recipient),
            Err(why) => bad.push(why),
        }
    }
    (recipients, bad)
}

fn recipient(row: &Row, content: &Value, seen: &mut HashMap<Phone, i32>) -> Result<Recipient, BadRow> {
    let line = row.line;
    let phone = Phone::parse(&row.to).map_err(|error| BadRow {
        line,
        field: "to".to_owned(),
        problem: format!("is {error}"),
        remedy: "give it with its country code, such as +447700900123",
    })?;
    let body = fill::fill(content, &row.values).map_err(|name| BadRow {
        line,
        field: name,
        problem: "is empty, and the text has a gap for it".to_owned(),
        remedy: "give a value",
    })?;
    if let Some(first) = seen.get(&phone) {
        return Err(BadRow {
            line,
            field: "to".to_owned(),
            problem: format!("is the number of line {first} once more"),
            remedy: "nobody gets a campaign twice; leave one of them out",
        });
    }
    seen.insert(phone.clone(), line);
    Ok(Recipient { line, phone, body })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(line: i32, to: &str, name: &str) -> Row {
        Row { line, to: to.to_owned(), values: BTreeMap::from([("name".to_owned(), name.to_owned())]) }
    }

    #[test]
    fn each_bad_row_is_told_by_line_and_column_and_no_number_is_repeated() {
        let rows = vec![
            row(2, "+44 7700 900123", "Sam"),
            row(3, "07700 900124", "Kim"),
            row(4, "+447700900125", " "),
            row(5, "00447700900123", "Sam again"),
            row(6, "+5511987654321", "Ana"),
            row(7, "+551187654321", "Ana, in the older form"),
        ];
        let (good, bad) = read(rows, &json!({"kind": "text", "text": "Hello {{name}}"}));
        assert_eq!(good.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 6]);
        assert_eq!(good[0].body, Some(json!({"kind": "text", "text": "Hello Sam"})));
        let told: Vec<_> = bad.iter().map(|row| (row.line, row.field.as_str())).collect();
        assert_eq!(told, [(3, "to"), (4, "name"), (5, "to"), (7, "to")]);
        assert!(bad[2].problem.contains("line 2") && bad.iter().all(|row| !row.problem.contains("7700")));
    }
}
