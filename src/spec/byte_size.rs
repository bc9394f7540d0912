//! A number of bytes as people write it: `500M`, `1.5 KiB`. The units are powers of 1024, as IEC 80000-13 names them.

use std::fmt;
use std::str::FromStr;

/// In bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

const UNITS: [(char, u64); 3] = [('G', 1 << 30), ('M', 1 << 20), ('K', 1 << 10)];

/// Two or more digits that count.
impl fmt::Display for ByteSize {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match UNITS.iter().find(|(_, unit)| self.0 >= *unit) {
            Some((letter, unit)) => format!("{:.1} {letter}iB", self.0 as f64 / *unit as f64),
            None => format!("{} bytes", self.0),
        };
        out.pad(&text)
    }
}

/// The text is no number, has another unit than K, M or G, or is larger than can be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a size is a number of bytes, such as `500M` or `4G`")]
pub struct NotASize;

/// A whole number, which `K`, `M` or `G` may follow, also as `KB` or `KiB`.
impl FromStr for ByteSize {
    type Err = NotASize;

    fn from_str(text: &str) -> Result<Self, NotASize> {
        let text = text.trim().to_ascii_uppercase();
        let text = text.trim_end_matches('B').trim_end_matches('I');
        let with_unit = UNITS.iter().find_map(|(letter, unit)| Some((text.strip_suffix(*letter)?, *unit)));
        let (number, unit) = with_unit.unwrap_or((text, 1));
        number.trim().parse::<u64>().ok().and_then(|number| number.checked_mul(unit)).map(Self).ok_or(NotASize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_choose_their_unit() {
        assert_eq!([12, 3 << 20, 5 << 30].map(|size| ByteSize(size).to_string()), ["12 bytes", "3.0 MiB", "5.0 GiB"]);
        assert_eq!(format!("{:>9}", ByteSize(2048)), "  2.0 KiB");
    }

    #[test]
    fn sizes_are_read_with_and_without_a_unit() {
        for (text, size) in
            [("0", 0), ("12", 12), (" 5 k", 5 << 10), ("500M", 500 << 20), ("1GiB", 1 << 30), ("2GB", 2 << 30)]
        {
            assert_eq!(text.parse(), Ok(ByteSize(size)), "{text}");
        }
        for text in ["", "G", "1.5G", "-1", "1T", "1KK", "99999999999G"] {
            assert_eq!(text.parse::<ByteSize>(), Err(NotASize), "{text}");
        }
    }
}
