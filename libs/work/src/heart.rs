use std::{sync::Arc, time::Duration};

use ids::InstanceId;
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

use crate::schema::Statements;

/// One process's hold on the ordered work of one schema. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Heart {
    pool: PgPool,
    /// A connection of its own for the heartbeat, so that a busy pool cannot cost the lease.
    beats: PgPool,
    schema: &'static str,
    me: InstanceId,
    statements: Arc<Statements>,
}

/// What looking at a key showed. Each verdict says who owes the next look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing undone: nobody.
    Idle,
    /// A live owner reads again at its release.
    Owned,
    /// Due later: the delayed wake-up, and the sweeper after it.
    Early {
        /// Time until it is due.
        wait: Duration,
    },
    /// Mine: run it.
    Claimed(Held),
    /// Mine: two starts of its head never ended, so run it alone in this process, and say so with [`Heart::start_alone`].
    Suspect(Held),
    /// Mine: its head ended a process that ran it alone. Quarantine the head without running it.
    Poison(Held),
}

/// A claimed key: the epoch fences every write of its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Held {
    /// The key.
    pub key: Uuid,
    /// Raised by every claim; a write with an older one changes nothing.
    pub epoch: i64,
    /// Items up to here are done or dead.
    pub done_seq: i64,
}

/// A key with its verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The key looked at.
    pub key: Uuid,
    /// What the look showed.
    pub verdict: Verdict,
}

#[derive(sqlx::FromRow)]
struct ClaimRow {
    key: Uuid,
    verdict: String,
    epoch: i64,
    done_seq: i64,
    wait_ms: i64,
}

impl Heart {
    /// Registers this process start as a new instance of `schema`. `beats` is a pool of one connection for the heartbeat.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn join(pool: PgPool, beats: PgPool, schema: &'static str) -> Result<Self, sqlx::Error> {
        let heart = Self {
            pool,
            beats,
            schema,
            me: InstanceId::generate(),
            statements: Arc::new(Statements::of(schema)),
        };
        heart.beat().await?;
        Ok(heart)
    }

    /// This process start.
    #[must_use]
    pub fn me(&self) -> InstanceId {
        self.me
    }

    /// The schema whose work this is; also the label of its metrics.
    #[must_use]
    pub fn schema(&self) -> &'static str {
        self.schema
    }

    /// Renews the lease.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn beat(&self) -> Result<(), sqlx::Error> {
        sqlx::query(AssertSqlSafe(self.statements.heartbeat.clone()))
            .bind(self.me.uuid())
            .execute(&self.beats)
            .await?;
        Ok(())
    }

    /// Looks at keys and takes those that can be taken. One transaction, keys locked in order.
    ///
    /// # Errors
    /// Whatever the database says. After an error the keys may still be mine: [`crate::reconcile`] hands them back.
    pub async fn claim(&self, keys: &[Uuid]) -> Result<Vec<Claim>, sqlx::Error> {
        let rows: Vec<ClaimRow> = sqlx::query_as(AssertSqlSafe(self.statements.claim.clone()))
            .bind(keys)
            .bind(self.me.uuid())
            .fetch_all(&self.pool)
            .await?;
        rows.into_iter().map(ClaimRow::into_claim).collect()
    }

    /// A suspect's turn to run alone has come: if the process ends now, it is convicted. `false`: it was lost meanwhile.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn start_alone(&self, held: Held) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar(AssertSqlSafe(self.statements.start_alone.clone()))
            .bind(held.key)
            .bind(held.epoch)
            .bind(self.me.uuid())
            .fetch_one(&self.pool)
            .await
    }

    /// Gives keys back. Returns those that stay mine, because items came in meanwhile: run them again.
    /// A key that was lost to another owner is in neither set.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn release(&self, held: &[Held]) -> Result<Vec<Uuid>, sqlx::Error> {
        let (keys, epochs): (Vec<_>, Vec<_>) = held.iter().map(|h| (h.key, h.epoch)).unzip();
        let rows: Vec<(Uuid, bool)> = sqlx::query_as(AssertSqlSafe(self.statements.release.clone()))
            .bind(keys)
            .bind(epochs)
            .bind(self.me.uuid())
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.into_iter().filter_map(|(key, released)| (!released).then_some(key)).collect())
    }

    /// Puts a claimed key back until `wait` has passed, without counting a start. `false`: it was lost meanwhile.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn defer(&self, held: Held, wait: Duration) -> Result<bool, sqlx::Error> {
        let (mine,): (bool,) = sqlx::query_as(AssertSqlSafe(self.statements.defer.clone()))
            .bind(held.key)
            .bind(held.epoch)
            .bind(self.me.uuid())
            .bind(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
            .fetch_one(&self.pool)
            .await?;
        Ok(mine)
    }

    /// Frees keys at once and restores their starts: a graceful stop, or a claim that nothing in memory runs.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn hand_back(&self, held: &[(Uuid, i64)]) -> Result<(), sqlx::Error> {
        let (keys, epochs): (Vec<_>, Vec<_>) = held.iter().copied().unzip();
        sqlx::query(AssertSqlSafe(self.statements.hand_back.clone()))
            .bind(keys)
            .bind(epochs)
            .bind(self.me.uuid())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Keys whose row says that this instance owns them.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn owned(&self) -> Result<Vec<(Uuid, i64)>, sqlx::Error> {
        sqlx::query_as(AssertSqlSafe(self.statements.owned.clone()))
            .bind(self.me.uuid())
            .fetch_all(&self.pool)
            .await
    }

    /// Keys that somebody should have looked at, with their tenant. Empty while another process sweeps.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn overdue(&self, most: i32, grace: Duration) -> Result<Vec<(Uuid, Uuid)>, sqlx::Error> {
        sqlx::query_as(AssertSqlSafe(self.statements.sweep.clone()))
            .bind(most)
            .bind(i64::try_from(grace.as_millis()).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await
    }

    /// Ends the lease at once: what this process still owns is free for others, and nobody counts it any more.
    ///
    /// # Errors
    /// Whatever the database says; the lease then ends by itself.
    pub async fn leave(&self) -> Result<(), sqlx::Error> {
        sqlx::query(AssertSqlSafe(self.statements.leave.clone()))
            .bind(self.me.uuid())
            .execute(&self.beats)
            .await?;
        Ok(())
    }

    /// Removes heartbeats of processes that ended long ago.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn forget_instances(&self) -> Result<(), sqlx::Error> {
        sqlx::query(AssertSqlSafe(self.statements.forget_instances.clone())).execute(&self.pool).await?;
        Ok(())
    }
}

impl Claim {
    /// From what `{schema}.claim` answered for a key; `wait_ms` is that of `early`.
    ///
    /// # Errors
    /// A verdict of a newer schema.
    pub fn read(verdict: &str, held: Held, wait_ms: i64) -> Result<Self, sqlx::Error> {
        let verdict = match verdict {
            "idle" => Verdict::Idle,
            "owned" => Verdict::Owned,
            "early" => {
                Verdict::Early { wait: Duration::from_millis(u64::try_from(wait_ms).unwrap_or_default()) }
            }
            "claimed" => Verdict::Claimed(held),
            "suspect" => Verdict::Suspect(held),
            "poison" => Verdict::Poison(held),
            other => return Err(sqlx::Error::Decode(format!("unknown verdict {other:?} from claim").into())),
        };
        Ok(Self { key: held.key, verdict })
    }
}

impl ClaimRow {
    fn into_claim(self) -> Result<Claim, sqlx::Error> {
        let held = Held { key: self.key, epoch: self.epoch, done_seq: self.done_seq };
        Claim::read(&self.verdict, held, self.wait_ms)
    }
}
