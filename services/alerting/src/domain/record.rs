//! An incident as people see it: what it is about, what is said about it, its course, and who knows.

use ids::IncidentId;
use jiff::Timestamp;

use super::{
    incident::Course,
    trouble::{Key, Said},
};

/// An incident as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// What it is about.
    pub key: Key,
    /// What its owner last said.
    pub said: Said,
    /// Its course until now.
    pub course: Course,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// How many changes were to be told.
    pub told: i32,
    /// Who knows of it, since when, and what they or whoever closed it noted.
    pub known: Option<Known>,
}

/// Somebody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Who said so.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What they noted.
    pub note: String,
}
