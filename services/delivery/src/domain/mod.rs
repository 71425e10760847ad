//! The rules of sending, without I/O: functions of values and of `now`.
//!
//! | Question | File |
//! |---|---|
//! | What does it say? | [`content`], as text in [`plain`] |
//! | What is true of a message? | [`message`], raised by [`ladder`] |
//! | May it be sent now, and in which form? | [`decide`], [`window`], [`templates`], [`quiet`], [`pair`], [`warm_up`], [`rate`], [`retry_share`], [`repetitions`], [`jitter`], [`door`] |
//! | Whose turn is it? | [`lane`] |
//! | What did the call produce? | [`outcome`], named by [`causes`], sorted by [`class`] |
//! | Does the channel hear? | [`hearing`], after what usually comes: [`baseline`] |
//! | What becomes of it? | [`settle`], and [`unknown`] when nobody knows; of a dead one, [`replay`] |

pub mod baseline;
pub mod causes;
pub mod change;
pub mod class;
pub mod connection;
pub mod content;
pub mod decide;
pub mod door;
pub mod health;
pub mod hearing;
pub mod jitter;
pub mod ladder;
pub mod lane;
pub mod message;
pub mod outcome;
pub mod pair;
pub mod plain;
pub mod provider;
pub mod quiet;
pub mod rate;
pub mod repetitions;
pub mod replay;
pub mod retry_share;
pub mod settle;
pub mod templates;
pub mod text;
pub mod timeline;
pub mod troubles;
pub mod unknown;
pub mod warm_up;
pub mod window;
