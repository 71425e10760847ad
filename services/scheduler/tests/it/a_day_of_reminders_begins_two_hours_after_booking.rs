use jiff::{SignedDuration, Timestamp, ToSpan};
use jiff_sqlx::ToSqlx as _;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use sqlx::PgPool;

use crate::fixture::House;

struct Plan {
    since: Timestamp,
    starts_at: Timestamp,
    every: SignedDuration,
    earliest_lead: SignedDuration,
    min_lead: SignedDuration,
    cap: i32,
    not_before: Timestamp,
}

async fn plan(pool: &PgPool, plan: &Plan) -> anyhow::Result<Vec<(Timestamp, Timestamp)>> {
    let rows: Vec<(jiff_sqlx::Timestamp, jiff_sqlx::Timestamp)> = sqlx::query_as(
        "select due_at, not_after from scheduler.plan_reminders(
           $1, $2, make_interval(secs => $3), make_interval(secs => $4), make_interval(secs => $5),
           $6, $7, null, null, 'UTC') order by ordinal",
    )
    .bind(plan.since.to_sqlx())
    .bind(plan.starts_at.to_sqlx())
    .bind(plan.every.as_secs_f64())
    .bind(plan.earliest_lead.as_secs_f64())
    .bind(plan.min_lead.as_secs_f64())
    .bind(plan.cap)
    .bind(plan.not_before.to_sqlx())
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|(due, not_after)| (due.to_jiff(), not_after.to_jiff())).collect())
}

fn usual(since: &str, starts_at: &str) -> anyhow::Result<Plan> {
    let since = since.parse()?;
    Ok(Plan {
        since,
        starts_at: starts_at.parse()?,
        every: SignedDuration::from_hours(2),
        earliest_lead: SignedDuration::from_hours(24),
        min_lead: SignedDuration::ZERO,
        cap: 12,
        not_before: since,
    })
}

fn times(planned: &[(Timestamp, Timestamp)]) -> Vec<String> {
    planned.iter().map(|(due, _)| due.strftime("%d %H:%M:%S").to_string()).collect()
}

#[tokio::test]
async fn booked_at_midnight_for_ten() -> anyhow::Result<()> {
    let house = House::open().await?;
    let planned = plan(&house.pool, &usual("2026-03-04T00:00Z", "2026-03-04T10:00Z")?).await?;
    assert_eq!(times(&planned), ["04 02:00:00", "04 04:00:00", "04 06:00:00", "04 08:00:00"]);
    let too_late: Vec<Timestamp> = planned.iter().map(|(_, not_after)| *not_after).collect();
    assert_eq!(too_late[..3], planned.iter().skip(1).map(|(due, _)| *due).collect::<Vec<_>>());
    assert_eq!(too_late[3], "2026-03-04T10:00Z".parse()?);
    Ok(())
}

#[tokio::test]
async fn a_visit_in_a_month_is_not_mentioned_before_the_last_day() -> anyhow::Result<()> {
    let house = House::open().await?;
    let planned = plan(&house.pool, &usual("2026-03-04T09:30Z", "2026-04-04T10:00Z")?).await?;
    assert_eq!(times(&planned)[0], "03 11:30:00");
    assert_eq!(planned.len(), 12);
    Ok(())
}

#[tokio::test]
async fn nothing_is_planned_for_the_past() -> anyhow::Result<()> {
    let house = House::open().await?;
    let late =
        Plan { not_before: "2026-03-04T05:00Z".parse()?, ..usual("2026-03-04T00:00Z", "2026-03-04T10:00Z")? };
    assert_eq!(times(&plan(&house.pool, &late).await?), ["04 06:00:00", "04 08:00:00"]);
    let over =
        Plan { not_before: "2026-03-04T11:00Z".parse()?, ..usual("2026-03-04T00:00Z", "2026-03-04T10:00Z")? };
    assert!(plan(&house.pool, &over).await?.is_empty());
    let soon = usual("2026-03-04T08:30Z", "2026-03-04T10:00Z")?;
    assert!(plan(&house.pool, &soon).await?.is_empty(), "too soon for any");
    Ok(())
}

#[tokio::test]
async fn a_plan_can_be_made_of_seconds() -> anyhow::Result<()> {
    let house = House::open().await?;
    let demo = Plan {
        every: SignedDuration::from_secs(10),
        earliest_lead: SignedDuration::from_hours(24 * 365),
        cap: 2,
        ..usual("2026-03-04T00:00Z", "2026-03-05T10:00Z")?
    };
    assert_eq!(times(&plan(&house.pool, &demo).await?), ["04 00:00:10", "04 00:00:20"]);
    Ok(())
}

#[tokio::test]
async fn whatever_the_plan_the_rules_hold() -> anyhow::Result<()> {
    let house = House::open().await?;
    let wishes = (0i64..40_000, 1i64..9_000, 0i64..100_000, 0i64..10_000, 0i32..15, -5_000i64..50_000);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(200));
    for _ in 0..200 {
        let (until, every, lead, min_lead, cap, past) =
            wishes.new_tree(&mut runner).map_err(anyhow::Error::msg)?.current();
        let since: Timestamp = "2026-03-04T00:00Z".parse()?;
        let wish = Plan {
            since,
            starts_at: since + until.seconds(),
            every: SignedDuration::from_secs(every),
            earliest_lead: SignedDuration::from_secs(lead),
            min_lead: SignedDuration::from_secs(min_lead),
            cap,
            not_before: since + past.seconds(),
        };
        let planned = plan(&house.pool, &wish).await?;
        let expected: Vec<Timestamp> = (1..)
            .map(|n: i64| since + SignedDuration::from_secs(n * every))
            .take_while(|due| *due < wish.starts_at)
            .filter(|due| *due >= wish.starts_at - wish.earliest_lead && *due > wish.not_before)
            .take(usize::try_from(cap)?)
            .filter(|due| *due <= wish.starts_at - wish.min_lead)
            .collect();
        assert_eq!(planned.iter().map(|(due, _)| *due).collect::<Vec<_>>(), expected);
    }
    Ok(())
}
