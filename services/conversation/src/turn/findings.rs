use super::claim_guard::Records;
use super::context::Turn;
use super::redact::Redactor;
use crate::domain::{Asked, Booking, Listing, Service, Slot, Snippet, Stats};

/// What a model's turn has found out so far: the only things its answer may rest on.
#[derive(Debug)]
pub(super) struct Findings {
    /// What can be booked.
    pub(super) services: Vec<Service>,
    /// The customer's appointments; the first is B1.
    pub(super) bookings: Vec<Booking>,
    /// Times that were offered to this customer, in this turn or in the last list: the only ones that can be proposed.
    pub(super) slots: Vec<Slot>,
    /// The list to show, if there is one.
    pub(super) offer: Option<Offer>,
    /// Pieces of knowledge that were found.
    pub(super) snippets: Vec<Snippet>,
    /// Free times were looked for.
    pub(super) searched: bool,
    /// The open proposal was taken back.
    pub(super) withdrawn: bool,
    /// What personal numbers were replaced with.
    pub(super) redactor: Redactor,
    /// What it cost so far.
    pub(super) stats: Stats,
}

/// Times to show.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    pub(super) listing: Listing,
    pub(super) slots: Vec<Slot>,
    /// Nothing was free when the customer wanted it; these are the next ones.
    pub(super) instead: bool,
}

impl Findings {
    pub(super) fn new(turn: &Turn<'_>, services: Vec<Service>, bookings: Vec<Booking>) -> Self {
        let slots = match &turn.snapshot.conversation.last_asked {
            Some(Asked::Slots { slots, .. }) => slots.clone(),
            _ => Vec::new(),
        };
        Self {
            services,
            bookings,
            slots,
            offer: None,
            snippets: Vec::new(),
            searched: false,
            withdrawn: false,
            redactor: Redactor::default(),
            stats: Stats::default(),
        }
    }

    /// The appointment a model calls "B1".
    pub(super) fn booking(&self, reference: &str) -> Option<&Booking> {
        let number: usize = reference.trim().strip_prefix(['B', 'b'])?.parse().ok()?;
        self.bookings.get(number.checked_sub(1)?)
    }

    /// The offered time with that handle.
    pub(super) fn slot(&self, handle: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.handle == handle.trim())
    }

    /// Remembers offered times; the same one with a newer handle takes the older one's place.
    pub(super) fn remember(&mut self, slots: &[Slot]) {
        for slot in slots {
            self.slots.retain(|known| !known.visit.is_same(&slot.visit));
            self.slots.push(slot.clone());
        }
    }

    /// What free text may state.
    pub(super) fn records(&self, turn: &Turn<'_>) -> Records {
        let snapshot = turn.snapshot;
        let zone = &snapshot.tenant.time_zone;
        let proposed = snapshot.open_proposal.iter().flat_map(|proposal| {
            let booking = match &proposal.change {
                crate::domain::Change::Book { .. } => None,
                crate::domain::Change::Move { booking, .. } | crate::domain::Change::Cancel { booking } => {
                    Some(&booking.visit)
                }
            };
            [Some(proposal.change.visit()), booking].into_iter().flatten()
        });
        let offered = self.slots.iter().map(|slot| &slot.visit);
        let booked: Vec<_> =
            self.bookings.iter().map(|booking| zone.to_datetime(booking.visit.starts_at)).collect();
        let times = proposed.chain(offered).flat_map(|visit| [visit.starts_at, visit.ends_at]);
        let booked_until = self.bookings.iter().map(|booking| booking.visit.ends_at);
        let mut trusted = vec![snapshot.agent.prompt.clone(), snapshot.tenant.name.clone()];
        trusted.extend(snapshot.tenant.opening_hours.clone());
        trusted.extend(snapshot.tenant.phone.clone());
        trusted.push(snapshot.tenant.emergency_number.clone());
        trusted.extend(self.services.iter().map(|service| service.name.clone()));
        trusted.extend(self.services.iter().filter_map(|service| service.price.clone()));
        Records {
            times: times
                .chain(booked_until)
                .map(|at| zone.to_datetime(at))
                .chain(booked.iter().copied())
                .collect(),
            bookings: booked,
            trusted,
            snippets: self.snippets.iter().map(|snippet| snippet.text.clone()).collect(),
            links: snapshot.tenant.links.clone(),
            customer: turn.reading.text.clone(),
            today: zone.to_datetime(snapshot.now).date(),
            searched: self.searched || !self.slots.is_empty(),
        }
    }
}
