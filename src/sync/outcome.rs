//! The results of synchronising.

/// The result of a synchronisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The records are what Stripe's present state gives.
    Synced,
    /// No user is known for the customer; nothing was written.
    Unlinked,
    /// The customer may not take the place of another one; nothing was written.
    Conflict,
    /// Stripe has no such customer, although a user is known for it; nothing was written.
    Missing,
}
