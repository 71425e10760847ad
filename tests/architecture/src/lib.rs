#![doc = include_str!("../README.md")]

mod licence;
mod sources;
mod workspace;

pub use licence::permits;
pub use sources::{Source, all_sources};
pub use workspace::{Kind, Member, Package, Workspace};
