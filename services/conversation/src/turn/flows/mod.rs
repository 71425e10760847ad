//! Answers without a model: fixed texts, menus, real times, the same proposals. Also what a model's turn falls back to.

pub(super) mod accept;
pub(super) mod book;
pub(super) mod change;
pub(super) mod danger;
pub(super) mod handoff;
pub(super) mod list;
pub(super) mod media;
pub(super) mod menu;
pub(super) mod opt_out;
pub(super) mod proposal;
pub(super) mod undo;
