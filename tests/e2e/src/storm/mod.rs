//! A storm: a provider that lies, breaks off and dawdles, while processes and servers are killed at random. Afterwards the
//! provider's own journal is compared with our books, message by message.

mod books;
mod habits;
mod kills;
mod report;
mod timelines;

use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde_json::{Value, json};
use testkit::PrivatePostgres;
use uuid::Uuid;

pub use report::Report;

use crate::{Servers, Stack, Whose};

/// Handed over in one call.
const AT_ONCE: usize = 500;

/// What is still to be sent, found out or judged.
const UNDECIDED: &str = "select count(*) from delivery.message
    where state in ('queued', 'intended') or (state = 'unknown' and reconcile_until > clock_timestamp())
       or (state = 'failed' and judged_at is null)";

/// Which storm, and how big.
#[derive(Debug, Clone, Copy)]
pub struct Storm {
    /// Whose interface it rages at.
    pub whose: Whose,
    /// Customers …
    pub customers: usize,
    /// … and messages to each of them, in order.
    pub each: usize,
    /// What is killed or frozen, how often in all.
    pub kills: usize,
    /// Decides what goes wrong with which call, who is killed when, and in which order messages are handed over.
    pub seed: u64,
}

/// The words of one message: nobody else says them.
fn words(customer: usize, n: usize) -> String {
    format!("Message {n:03} to customer {customer}")
}

fn phone(customer: usize) -> String {
    format!("4477009{customer:05}")
}

impl Storm {
    /// Plays it, and checks everything.
    ///
    /// # Errors
    /// With the seed and the first thing that is not as it must be.
    pub async fn play(self) -> anyhow::Result<Report> {
        self.rage().await.map_err(|error| error.context(format!("the storm was {self:?}")))
    }

    fn messages(self) -> usize {
        self.customers * self.each
    }

    async fn rage(self) -> anyhow::Result<Report> {
        let begun = Instant::now();
        let settings = [("DELIVERY__CALL_TIMEOUT", "2s"), ("DELIVERY__LISTED_BY", "8s")];
        let servers = Servers::Private(PrivatePostgres::start().await?);
        let mut stack = Stack::seeded(self.whose, servers, &settings, self.seed).await?;
        self.open_the_windows(&stack).await?;
        let before = stack.whatsapp.totals().sends;
        habits::begin(&stack.whatsapp, self.whose);
        self.say_everything(&stack).await?;
        let kills = kills::in_turn(&mut stack, self, before).await?;
        // What Meta took in silence holds its line for a minute and a half, and a line may meet that more than once.
        let patience = Duration::from_secs(600 + self.messages() as u64 / 2);
        stack.counts(0, "the storm to be over", UNDECIDED, patience).await?;
        let hits = habits::end(&stack.whatsapp);
        stack.program.ready().await?;

        let books = books::read(&stack).await?;
        anyhow::ensure!(books.len() == self.messages(), "{} messages are in the books", books.len());
        let heard = books::heard(&stack);
        books::compare(&books, &heard)?;
        books::in_order(&heard)?;
        books::receipts_are_kept(&stack).await?;
        let steps = timelines::complete(&stack, &books).await?;
        Ok(Report::of(self, &books, &heard, kills, hits, steps, begun.elapsed()))
    }

    /// Every customer writes once and is answered: the providers let nobody else be written to freely, and their lists show
    /// the chat.
    async fn open_the_windows(self, stack: &Stack) -> anyhow::Result<()> {
        let patience = Duration::from_secs(60 + self.customers as u64);
        for customer in 0..self.customers {
            stack.customer(&phone(customer), "hi")?;
        }
        let sql = "select count(*) from delivery.message where state = 'sent'";
        stack.counts(i64::try_from(self.customers)?, "everybody to be greeted", sql, patience).await
    }

    /// Every message to each customer in turn, so that all lines are long; the customers in another order each time.
    async fn say_everything(self, stack: &Stack) -> anyhow::Result<()> {
        let rows = stack.rows().await?;
        let (channel, tenant): (Uuid, Uuid) =
            sqlx::query_as("select id, tenant_id from delivery.channel").fetch_one(&rows).await?;
        let addresses: Vec<String> =
            sqlx::query_scalar("select to_address from delivery.message order by to_address")
                .fetch_all(&rows)
                .await?;
        let mut random = StdRng::seed_from_u64(self.seed);
        let mut customers: Vec<usize> = (0..self.customers).collect();
        let mut says: Vec<Value> = Vec::with_capacity(self.messages());
        for n in 0..self.each {
            customers.shuffle(&mut random);
            for customer in &customers {
                let digits = phone(*customer);
                let to = addresses.iter().find(|address| address.ends_with(&digits)).unwrap_or(&digits);
                says.push(json!({
                    "tenant_id": tenant, "channel_id": channel, "conversation_id": Uuid::from_u128(*customer as u128 + 1),
                    "to": to, "lane": "high", "class": "notice", "profile": "fast",
                    "body": { "kind": "text", "text": words(*customer, n) },
                    "correlation_id": Uuid::now_v7(), "cause": "storm",
                }));
            }
        }
        for some in says.chunks(AT_ONCE) {
            sqlx::query("select delivery.enqueue_v1($1, true)").bind(json!(some)).execute(&rows).await?;
        }
        Ok(())
    }
}
