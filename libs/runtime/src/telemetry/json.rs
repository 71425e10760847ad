use std::fmt;
use std::io::Write;

use clock::{Clock, SystemClock};
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Writes each event as one line of flat JSON: time, level, message, target, then the fields of all spans around it from
/// the outermost in, then its own. Where two have the same name the inner wins, so `service` and `correlation_id` stand
/// in one place whichever span brought them.
#[derive(Debug)]
pub struct JsonLines<W> {
    writer: W,
}

impl<W> JsonLines<W> {
    /// Lines that go to `writer`, usually `std::io::stdout`.
    pub fn new(writer: W) -> Self {
        Self { writer }
    }
}

/// Fields in the order in which they were given. Few, so that looking through them beats hashing.
#[derive(Debug, Default, Clone)]
struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    fn set(&mut self, name: &'static str, value: Value) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field.name(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field.name(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field.name(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field.name(), value.into());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.set(field.name(), value.to_string().into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field.name(), format!("{value:?}").into());
    }
}

impl<S, W> Layer<S> for JsonLines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(outer) = span.extensions().get::<Fields>() {
                outer.0.iter().for_each(|(name, value)| fields.set(name, value.clone()));
            }
        }
        event.record(&mut fields);
        if let Ok(mut line) = line(event, &fields) {
            line.push(b'\n');
            // One write, so that lines of several threads do not mix. A log that cannot be written cannot say so.
            let _ = self.writer.make_writer_for(event.metadata()).write_all(&line);
        }
    }
}

fn line(event: &Event<'_>, fields: &Fields) -> serde_json::Result<Vec<u8>> {
    let mut line = Vec::with_capacity(256);
    let mut serializer = serde_json::Serializer::new(&mut line);
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("time", &format_args!("{:.3}", SystemClock.now()))?;
    map.serialize_entry("level", event.metadata().level().as_str())?;
    if let Some((_, message)) = fields.0.iter().find(|(name, _)| *name == "message") {
        map.serialize_entry("message", message)?;
    }
    let target = event.metadata().target();
    map.serialize_entry("target", target)?;
    // A task that a library has spawned stands in no span of ours; its code still says whose it is.
    if let Some(service) = of_service(target)
        && !fields.0.iter().any(|(name, _)| *name == "service")
    {
        map.serialize_entry("service", service)?;
    }
    for (name, value) in fields.0.iter().filter(|(name, _)| !OURS.contains(name)) {
        map.serialize_entry(name, value)?;
    }
    map.end()?;
    Ok(line)
}

/// The service whose code this is, if it is one's.
fn of_service(target: &str) -> Option<&str> {
    let (name, _) = target.split_once("::").unwrap_or((target, ""));
    postgres::SCHEMAS.contains(&name).then_some(name)
}

/// Names that the line itself uses; a field of such a name would make the line ambiguous.
const OURS: [&str; 4] = ["time", "level", "message", "target"];

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex, PoisonError};

    use tracing_subscriber::EnvFilter;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::Lifecycle;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Page {
        fn logger(&self, filter: &str) -> impl Subscriber + Send + Sync + use<> {
            let page = self.clone();
            tracing_subscriber::registry()
                .with(EnvFilter::new(filter))
                .with(JsonLines::new(move || page.clone()))
        }

        fn lines(&self) -> serde_json::Result<Vec<Value>> {
            let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            String::from_utf8_lossy(&bytes).lines().map(serde_json::from_str).collect()
        }
    }

    #[test]
    fn a_line_is_flat_and_carries_the_fields_of_all_spans() -> anyhow::Result<()> {
        let page = Page::default();
        tracing::subscriber::with_default(page.logger("info"), || {
            let outer =
                tracing::info_span!("outer", service = "ingest", correlation_id = tracing::field::Empty);
            outer.record("correlation_id", "0198c0de");
            let _outer = outer.enter();
            let _inner = tracing::info_span!("inner", attempt = 1).entered();
            tracing::info!(attempt = 2, ok = true, share = 0.5, "message accepted");
        });
        let lines = page.lines()?;
        assert_eq!(lines.len(), 1);
        let line = lines[0].as_object().cloned().unwrap_or_default();
        for (name, value) in [
            ("level", "INFO".into()),
            ("message", "message accepted".into()),
            ("service", "ingest".into()),
            ("correlation_id", "0198c0de".into()),
            ("attempt", Value::from(2)),
            ("ok", true.into()),
            ("share", 0.5.into()),
        ] {
            assert_eq!(line.get(name), Some(&value), "{name}");
        }
        let time: jiff::Timestamp = line["time"].as_str().unwrap_or_default().parse()?;
        assert!(time > jiff::Timestamp::UNIX_EPOCH);
        Ok(())
    }

    #[tokio::test]
    async fn tasks_of_a_service_carry_its_name_whatever_the_filter_lets_through() -> anyhow::Result<()> {
        let page = Page::default();
        // This test's tasks all run on this thread.
        let _default = tracing::subscriber::set_default(page.logger("error"));
        let life = Lifecycle::new();
        let service = life.of_service("delivery");
        service.spawn("worker", async { anyhow::bail!("no more room") });
        life.stopping().cancelled().await;
        let lines = page.lines()?;
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(lines[0]["service"], "delivery");
        assert_eq!(lines[0]["task"], "worker");
        assert_eq!(lines[0]["cause"], "no more room");
        Ok(())
    }

    #[test]
    fn code_of_a_service_carries_its_name_in_any_task() -> anyhow::Result<()> {
        let page = Page::default();
        tracing::subscriber::with_default(page.logger("info"), || {
            tracing::info!(target: "ingest::http", "in a task of the web server");
            let span = tracing::info_span!("outer", service = "frontdesk").entered();
            tracing::info!(target: "ingest::http", "in a span that says otherwise");
            drop(span);
            tracing::info!(target: "hyper::proto", "not ours");
        });
        let lines = page.lines()?;
        assert_eq!((&lines[0]["service"], &lines[1]["service"]), (&"ingest".into(), &"frontdesk".into()));
        assert_eq!(lines[2].get("service"), None);
        Ok(())
    }

    #[test]
    fn a_field_cannot_pretend_to_be_the_level() -> anyhow::Result<()> {
        let page = Page::default();
        tracing::subscriber::with_default(page.logger("info"), || {
            tracing::warn!(level = "nothing", time = 0, "careful \"quoted\"\nsecond line");
        });
        let lines = page.lines()?;
        assert_eq!(lines.len(), 1, "a line break in a text does not break the line");
        assert_eq!(lines[0]["level"], "WARN");
        Ok(())
    }
}
