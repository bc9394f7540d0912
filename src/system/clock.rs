//! The time of day.

use std::time::SystemTime;

use crate::facts::build_record::Moment;

/// A clock that stands before 1970 stands still.
pub fn now() -> Moment {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(Moment::MAX)
}
