//! The one time that every file of an archive bears, so that the same input gives the same bytes.

use crate::spec::date::DateTime;

/// 1980-01-01T00:00:00Z, the earliest time that a zip archive can hold, in seconds since 1970.
const ZIP_FLOOR: u64 = 315_532_800;
/// 2107-12-31T23:59:58Z, the latest one.
const ZIP_CEILING: u64 = 4_354_819_198;

/// A time in whole seconds since 1970-01-01T00:00:00Z, as `SOURCE_DATE_EPOCH` gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArchiveTime(pub u64);

/// 1980-01-01: what archives bear where no `SOURCE_DATE_EPOCH` is set.
impl Default for ArchiveTime {
    fn default() -> Self {
        Self(ZIP_FLOOR)
    }
}

impl ArchiveTime {
    /// The nearest time that a zip archive can hold: between 1980 and 2107, in steps of two seconds, in UTC.
    pub(super) fn in_zip(self) -> ::zip::DateTime {
        let seconds = self.0.clamp(ZIP_FLOOR, ZIP_CEILING);
        let DateTime { year, month, day, hour, minute, second } = DateTime::from_seconds(seconds);
        ::zip::DateTime::from_date_and_time(year as u16, month as u8, day as u8, hour as u8, minute as u8, second as u8)
            .expect("the time lies between 1980 and 2107")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(seconds: u64) -> String {
        let at = ArchiveTime(seconds).in_zip();
        let [month, day, hour, minute, second] = [at.month(), at.day(), at.hour(), at.minute(), at.second()];
        format!("{}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}", at.year())
    }

    #[test]
    fn a_time_in_range_is_kept_to_two_seconds() {
        assert_eq!(text(1_700_000_001), "2023-11-14T22:13:20");
        assert_eq!(text(ArchiveTime::default().0), "1980-01-01T00:00:00");
    }

    #[test]
    fn a_time_out_of_range_is_moved_to_the_nearest_one_that_a_zip_can_hold() {
        assert_eq!(text(0), "1980-01-01T00:00:00");
        assert_eq!(text(u64::MAX), "2107-12-31T23:59:58");
    }
}
