//! How loading an extension module in a Python of its own went.

/// The end of the child that loaded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loading {
    Loaded,
    /// The loader or the entry point refused, for this reason.
    Refused(String),
    /// The module's own code raised an exception.
    Raised(String),
    /// The interpreter died, with this status.
    Died(String),
    TimedOut,
}
