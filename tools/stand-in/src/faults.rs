//! Failing on demand: the replies that can be scripted, the faults by name, and how each of them comes about.

pub(crate) mod delivery;
mod gate;
pub(crate) mod instead;
mod named;
mod reply;
pub(crate) mod script;

pub use gate::Gate;
pub(crate) use named::FAULTS;
pub use reply::Reply;
