//! Wake-ups in memory, taken in turn from each tenant: a flood at one business delays nobody else's customer.

use std::collections::{HashMap, VecDeque};

/// A queue of queues. An idle tenant has no entry.
#[derive(Debug)]
pub struct FairQueue<K, T> {
    lines: HashMap<K, VecDeque<T>>,
    turns: VecDeque<K>,
    len: usize,
}

impl<K, T> Default for FairQueue<K, T> {
    fn default() -> Self {
        Self { lines: HashMap::new(), turns: VecDeque::new(), len: 0 }
    }
}

impl<K: Clone + Eq + std::hash::Hash, T> FairQueue<K, T> {
    /// Appends to the tenant's line.
    pub fn push(&mut self, tenant: K, item: T) {
        let line = self.lines.entry(tenant.clone()).or_default();
        if line.is_empty() {
            self.turns.push_back(tenant);
        }
        line.push_back(item);
        self.len += 1;
    }

    /// Takes from the tenant whose turn it is.
    pub fn pop(&mut self) -> Option<T> {
        let tenant = self.turns.pop_front()?;
        let line = self.lines.get_mut(&tenant)?;
        let item = line.pop_front()?;
        self.len -= 1;
        if line.is_empty() {
            self.lines.remove(&tenant);
        } else {
            self.turns.push_back(tenant);
        }
        Some(item)
    }

    /// Items in all lines.
    pub fn len(&self) -> usize {
        self.len
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_flood_waits_behind_one_item_of_every_other_tenant() {
        let mut queue = FairQueue::default();
        for n in 0..1_000 {
            queue.push("flood", n);
        }
        queue.push("quiet", 7);
        assert_eq!((queue.pop(), queue.pop()), (Some(0), Some(7)));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_each_line_keeps_its_order(pushes in prop::collection::vec((0_u8..4, any::<u16>()), 0..200)) {
            let mut queue = FairQueue::default();
            for (n, (tenant, _)) in pushes.iter().enumerate() {
                queue.push(*tenant, (*tenant, n));
            }
            prop_assert_eq!(queue.len(), pushes.len());
            let mut last: HashMap<u8, usize> = HashMap::new();
            let mut popped = 0;
            while let Some((tenant, n)) = queue.pop() {
                prop_assert!(last.insert(tenant, n).is_none_or(|before| before < n));
                popped += 1;
            }
            prop_assert_eq!(popped, pushes.len());
        }
    }
}
