//! The load against a front desk of a few lines, whose faults are known.

mod answers_are_counted;
mod desk;
