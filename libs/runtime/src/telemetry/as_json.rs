//! Prometheus' text format as JSON, for those who read numbers without Prometheus.

use serde_json::{Map, Value, json};

/// `{"name": [{"labels": {…}, "value": 1.0}, …], …}`. A line that cannot be read is left out.
#[must_use]
pub fn as_json(text: &str) -> Value {
    let mut metrics = Map::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some((name, labels, value)) = sample(line) else { continue };
        let samples = metrics.entry(name).or_insert_with(|| Value::Array(Vec::new()));
        if let Some(samples) = samples.as_array_mut() {
            samples.push(json!({ "labels": labels, "value": value }));
        }
    }
    Value::Object(metrics)
}

/// `name{label="value",…} number`
fn sample(line: &str) -> Option<(String, Map<String, Value>, Value)> {
    let (series, number) = line.rsplit_once(' ')?;
    // Infinity and NaN have no form in JSON.
    let number: f64 = number.parse().ok()?;
    let (name, labels) = match series.split_once('{') {
        Some((name, rest)) => (name, read_labels(rest.strip_suffix('}')?)?),
        None => (series, Map::new()),
    };
    Some((name.to_owned(), labels, json!(number)))
}

fn read_labels(mut rest: &str) -> Option<Map<String, Value>> {
    let mut labels = Map::new();
    while !rest.is_empty() {
        let (name, quoted) = rest.split_once("=\"")?;
        let mut value = String::new();
        let mut characters = quoted.char_indices();
        let end = loop {
            match characters.next()? {
                (at, '"') => break at + 1,
                (_, '\\') => match characters.next()?.1 {
                    'n' => value.push('\n'),
                    other => value.push(other),
                },
                (_, character) => value.push(character),
            }
        };
        labels.insert(name.to_owned(), Value::String(value));
        rest = quoted.get(end..)?;
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    Some(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_labels_and_numbers_come_through() {
        let text = "# HELP a_total counts\n# TYPE a_total counter\na_total{of=\"x, \\\"y\\\"\",code=\"200\"} 3\na_total 1\n\nb 0.5\nodd";
        let expected = json!({
            "a_total": [
                { "labels": { "of": "x, \"y\"", "code": "200" }, "value": 3.0 },
                { "labels": {}, "value": 1.0 },
            ],
            "b": [{ "labels": {}, "value": 0.5 }],
        });
        assert_eq!(as_json(text), expected);
    }
}
