//! A table of recipients as text: RFC 4180, with a comma or, as spreadsheets of many countries write it, a semicolon.

use std::collections::BTreeMap;

use rpc::Failure;

use super::recipients::{BadRow, Row};

/// Names of the column that holds the number.
const NUMBER: [&str; 3] = ["to", "phone", "phone_number"];

/// The rows of a table whose first line names its columns, and those that do not fit it.
///
/// # Errors
/// When it is no such table.
pub fn rows(csv: &[u8]) -> Result<(Vec<Row>, Vec<BadRow>), Failure> {
    let text = std::str::from_utf8(csv)
        .map_err(|_| Failure::invalid("csv", "is not UTF-8", "save it again as CSV in UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let head = text.lines().next().unwrap_or_default();
    let separator = if head.contains(';') && !head.contains(',') { ';' } else { ',' };
    let mut records = records(text, separator)?.into_iter();
    let names: Vec<String> = records
        .next()
        .map(|(_, cells)| cells.iter().map(|name| name.trim().to_lowercase()).collect())
        .unwrap_or_default();
    let number = names.iter().position(|name| NUMBER.contains(&name.as_str())).ok_or_else(|| {
        Failure::invalid("csv", "has no column of numbers", "name it `to` or `phone` in the first line")
    })?;
    let (mut rows, mut bad) = (Vec::new(), Vec::new());
    for (line, cells) in records {
        if cells.len() != names.len() {
            bad.push(BadRow {
                line,
                field: "row".to_owned(),
                problem: format!("has {} cells where {} columns are named", cells.len(), names.len()),
                remedy: "give one for each column, with quotes around what holds the separator",
            });
            continue;
        }
        let to = cells[number].clone();
        let values: BTreeMap<String, String> = names.iter().cloned().zip(cells).collect();
        rows.push(Row { line, to, values });
    }
    Ok((rows, bad))
}

/// The records with the line each begins in, from 1. Empty lines are none.
fn records(text: &str, separator: char) -> Result<Vec<(i32, Vec<String>)>, Failure> {
    let mut records = Vec::new();
    let (mut cells, mut cell) = (Vec::new(), String::new());
    let (mut line, mut began, mut quoted) = (1, 1, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\n' {
            line += 1;
        }
        match letter {
            '\0' => {
                let problem = format!("holds a NUL character (U+0000) in line {line}");
                return Err(Failure::invalid("csv", problem, "save it again as CSV in UTF-8"));
            }
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            _ if quoted => cell.push(letter),
            '\r' if letters.peek() == Some(&'\n') => {}
            '\n' => {
                end(&mut records, began, &mut cells, &mut cell);
                began = line;
            }
            _ if letter == separator => cells.push(std::mem::take(&mut cell)),
            _ => cell.push(letter),
        }
    }
    if quoted {
        let problem = format!("has a quotation mark in line {began} that is never closed");
        return Err(Failure::invalid("csv", problem, "close it"));
    }
    end(&mut records, began, &mut cells, &mut cell);
    Ok(records)
}

fn end(records: &mut Vec<(i32, Vec<String>)>, began: i32, cells: &mut Vec<String>, cell: &mut String) {
    cells.push(std::mem::take(cell));
    let cells = std::mem::take(cells);
    if cells.iter().any(|cell| !cell.trim().is_empty()) {
        records.push((began, cells));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_table_is_read_as_spreadsheets_write_it() {
        let (rows, bad) = rows(
            "\u{feff}Name;Phone\r\n\"Sam; \"\"the\"\"\nsecond\";+447700900123\r\n\r\nKim\r\n;\r\n".as_bytes(),
        )
        .unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].line, rows[0].to.as_str()), (2, "+447700900123"));
        assert_eq!(rows[0].values["name"], "Sam; \"the\"\nsecond");
        assert_eq!(bad.iter().map(|row| (row.line, row.field.as_str())).collect::<Vec<_>>(), [(5, "row")]);
    }

    #[test]
    fn what_is_no_table_is_told() {
        for (csv, told) in [
            ("", "no column of numbers"),
            ("name,mail\nSam,x", "no column"),
            ("to,a\n\"1,2\n3", "in line 2"),
            ("to,a\n1,\0", "NUL character (U+0000) in line 2"),
        ] {
            let error = rows(csv.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        assert!(rows(&[0xff, 0xfe]).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_by_the_rules_is_read_as_it_was(
            table in prop::collection::vec(prop::collection::vec("[a-z ,;\"\n]{1,6}", 2), 1..20),
        ) {
            let quote = |cell: &String| format!("\"x{}\"", cell.replace('"', "\"\""));
            let mut csv = "to,name\n".to_owned();
            for row in &table {
                csv.push_str(&row.iter().map(quote).collect::<Vec<_>>().join(","));
                csv.push('\n');
            }
            let (rows, bad) = rows(csv.as_bytes()).unwrap();
            prop_assert!(bad.is_empty());
            prop_assert_eq!(rows.len(), table.len());
            for (row, cells) in rows.iter().zip(&table) {
                prop_assert_eq!(&row.to, &format!("x{}", cells[0]));
                prop_assert_eq!(&row.values["name"], &format!("x{}", cells[1]));
            }
        }

        #[test]
        fn nothing_makes_it_panic(csv in prop::collection::vec(any::<u8>(), 0..200)) {
            let _read = rows(&csv);
        }
    }
}
