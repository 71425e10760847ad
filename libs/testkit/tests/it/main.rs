//! The servers of the kit start, break and come back as promised.

mod databases_are_fresh;
mod nats_can_be_killed_and_wiped;
mod postgres_can_be_killed;
mod the_line_fails_on_demand;
