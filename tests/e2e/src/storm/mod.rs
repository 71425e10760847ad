//! A storm: a provider that lies, breaks off and dawdles, while processes and servers are killed at random. Afterwards the
//! provider's own journal is compared with our books, message by message.

mod books;
mod habits;
mod kills;
mod report;
mod says;
mod timelines;

use std::time::{Duration, Instant};

use testkit::PrivatePostgres;

pub use report::Report;
use report::Took;

use crate::{Servers, Stack, Whose};

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
    /// What is killed, frozen, broken off or taken back, how often in all.
    pub blows: usize,
    /// Decides what goes wrong with which call, what strikes when, and in which order messages are handed over.
    pub seed: u64,
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
        let settings = [
            ("DELIVERY__CALL_TIMEOUT", "2s"),
            ("DELIVERY__LISTED_BY", "9s"),
            ("DELIVERY__EVIDENCE_FOR", "14s"),
        ];
        let servers = Servers::Private(PrivatePostgres::start().await?);
        let mut stack = Stack::seeded(self.whose, servers, &settings, self.seed).await?;
        self.open_the_windows(&stack).await?;
        let mut second = stack.another()?;
        second.start().await?;
        let before = stack.whatsapp.totals().sends;
        let ready = begun.elapsed();
        habits::begin(&stack.whatsapp, self.whose);
        let later = says::everything(self, &stack).await?;
        let struck = kills::in_turn(&mut stack, &mut second, self, before).await?;
        // What nobody knows holds its line for a while, and a line may meet that more than once.
        let patience = Duration::from_secs(300 + self.messages() as u64 / 2);
        stack.counts(0, "the storm to be over", UNDECIDED, patience).await?;
        let hits = habits::end(&stack.whatsapp);
        let raged = begun.elapsed() - ready;
        stack.program.ready().await?;

        let books = books::read(&stack).await?;
        anyhow::ensure!(books.len() == self.messages(), "{} messages are in the books", books.len());
        let heard = books::heard(&stack);
        books::compare(&books, &heard)?;
        books::in_order(&heard)?;
        books::none_too_early(&stack, &later)?;
        books::receipts_are_kept(&stack).await?;
        let steps = timelines::complete(&stack, &books).await?;
        let took = Took { ready, raged, in_all: begun.elapsed() };
        Ok(Report::of(self, &books, &heard, struck, hits, steps, took))
    }

    /// Every customer writes once and is answered: the providers let nobody else be written to freely, and their lists show
    /// the chat.
    async fn open_the_windows(self, stack: &Stack) -> anyhow::Result<()> {
        let patience = Duration::from_secs(60 + self.customers as u64);
        for customer in 0..self.customers {
            stack.customer(&says::phone(customer), "hi")?;
        }
        let sql = "select count(*) from delivery.message where state = 'sent'";
        stack.counts(i64::try_from(self.customers)?, "everybody to be greeted", sql, patience).await
    }
}
