#![doc = include_str!("../README.md")]

mod generated {
    include!(concat!(env!("OUT_DIR"), "/modules.rs"));
}

pub use generated::frontdesk::*;

/// All messages and services, with comments, as reflection hands them to grpcurl.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

#[cfg(test)]
mod tests;
