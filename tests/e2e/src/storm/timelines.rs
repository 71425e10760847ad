//! Is the timeline of every message complete: all its calls, what it came to, and a reason for every wait?

use std::sync::Arc;

use anyhow::{Context, ensure};
use contract::alerting::v1::timeline_service_client::TimelineServiceClient;
use contract::alerting::v1::{GetTimelineRequest, GetTimelineResponse, get_timeline_request::Subject};
use contract::work::v1::Step;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::books::Told;
use crate::Stack;

const AT_ONCE: usize = 8;

/// A longer time in which nothing is said to have happened is not explained. Two clocks are at work, and a loaded machine.
const GAP_MS: i64 = 1_500;

/// Asks for all of them. Answers with how many steps they have.
pub(super) async fn complete(stack: &Stack, books: &[Told]) -> anyhow::Result<usize> {
    let client = TimelineServiceClient::new(stack.grpc("alerting", "operator")?);
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut asked = JoinSet::new();
    for (n, message) in books.iter().enumerate() {
        let (mut client, room) = (client.clone(), room.clone());
        let subject = Subject::ItemId(format!("msg_{}", message.id.simple()));
        asked.spawn(async move {
            let _turn = room.acquire_owned().await?;
            let request = GetTimelineRequest { subject: Some(subject) };
            anyhow::Ok((n, client.get_timeline(request).await?.into_inner()))
        });
    }
    let mut steps = 0;
    while let Some(told) = asked.join_next().await {
        let (n, timeline) = told??;
        let message = books.get(n).context("a timeline nobody asked for")?;
        check(message, &timeline)
            .with_context(|| format!("the timeline of {message:?} is not complete: {timeline:#?}"))?;
        steps += timeline.steps.len();
    }
    Ok(steps)
}

fn check(message: &Told, timeline: &GetTimelineResponse) -> anyhow::Result<()> {
    ensure!(timeline.silent.is_empty(), "somebody did not tell their part");
    let id = format!("msg_{}", message.id.simple());
    let own: Vec<&Step> =
        timeline.steps.iter().filter_map(|told| told.step.as_ref()).filter(|step| step.id == id).collect();
    let of = |kind: &str| own.iter().filter(|step| step.kind == kind).count();
    ensure!(of("message.queued") == 1, "it was queued once");
    ensure!(of("attempt") as i64 == message.written, "{} calls are written down", message.written);
    let end = match message.state.as_str() {
        // At once, or when it became known.
        "sent" => own.iter().any(|step| step.kind.starts_with("attempt") && step.what.contains("took it")),
        "dead" => of("message.dead") == 1,
        "failed" => of("message.failed") == 1 || of("receipt") > 0,
        "unknown" => of("message.unknown") == 1,
        "expired" => of("message.expired") == 1,
        "cancelled" => of("message.cancelled") == 1,
        _ => false,
    };
    ensure!(end, "it does not say what it came to");
    no_gaps(&own)
}

fn no_gaps(own: &[&Step]) -> anyhow::Result<()> {
    let mut spans: Vec<(i64, i64, &str)> = own
        .iter()
        .filter(|step| step.kind != "receipt" && step.kind != "message.unknown")
        .map(|step| {
            let from = millis(step.at);
            (from, step.until.map_or(from, |until| millis(Some(until))), step.kind.as_str())
        })
        .collect();
    spans.sort_unstable();
    let mut told_until = spans.first().map_or(0, |(from, ..)| *from);
    for (from, until, kind) in spans {
        ensure!(
            from - told_until <= GAP_MS,
            "nothing is said of the {} ms before a {kind}",
            from - told_until
        );
        told_until = told_until.max(until);
    }
    Ok(())
}

fn millis(at: Option<prost_types::Timestamp>) -> i64 {
    at.map_or(0, |at| at.seconds * 1000 + i64::from(at.nanos) / 1_000_000)
}
