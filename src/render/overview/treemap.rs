//! A rectangle divided among sizes, each part as near to a square as may be.
//!
//! Source: Bruls, Huizing and van Wijk, "Squarified Treemaps" (2000).

/// A place in the plane; the unit is the caller's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rectangle {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Rectangle {
    fn area(self) -> f64 {
        self.width * self.height
    }

    fn shorter(self) -> f64 {
        self.width.min(self.height)
    }
}

/// The parts of `whole` for sizes that are sorted, the largest first; their areas are in proportion to them.
pub fn divide(sizes: &[f64], whole: Rectangle) -> Vec<Rectangle> {
    let sum: f64 = sizes.iter().sum();
    if sum <= 0.0 {
        return vec![Rectangle { width: 0.0, height: 0.0, ..whole }; sizes.len()];
    }
    let areas: Vec<f64> = sizes.iter().map(|size| size * whole.area() / sum).collect();
    let mut placed = Vec::with_capacity(areas.len());
    let mut left = whole;
    let mut rest = areas.as_slice();
    while !rest.is_empty() {
        let (row, others) = rest.split_at(row_length(rest, left.shorter()));
        left = lay(row, left, &mut placed);
        rest = others;
    }
    placed
}

/// How many of the first areas stand best in one row along a side: more, as long as that makes none of them longer.
fn row_length(areas: &[f64], side: f64) -> usize {
    let mut length = 1;
    while length < areas.len() && worst(&areas[..=length], side) <= worst(&areas[..length], side) {
        length += 1;
    }
    length
}

/// The greatest ratio of the sides of any area in a row along a side.
fn worst(row: &[f64], side: f64) -> f64 {
    let sum: f64 = row.iter().sum();
    let ratio = |area: &f64| {
        let (along, across) = (area * side / sum, sum / side);
        (along / across).max(across / along)
    };
    row.iter().map(ratio).fold(0.0, f64::max)
}

/// Lays a row along the shorter side, and gives what is left of the rectangle.
fn lay(row: &[f64], left: Rectangle, placed: &mut Vec<Rectangle>) -> Rectangle {
    let sum: f64 = row.iter().sum();
    let side = left.shorter();
    let across = if side > 0.0 { sum / side } else { 0.0 };
    let mut along = 0.0;
    for area in row {
        let length = if sum > 0.0 { area * side / sum } else { 0.0 };
        placed.push(if left.width >= left.height {
            Rectangle { x: left.x, y: left.y + along, width: across, height: length }
        } else {
            Rectangle { x: left.x + along, y: left.y, width: length, height: across }
        });
        along += length;
    }
    if left.width >= left.height {
        Rectangle { x: left.x + across, width: (left.width - across).max(0.0), ..left }
    } else {
        Rectangle { y: left.y + across, height: (left.height - across).max(0.0), ..left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Rectangle = Rectangle { x: 0.0, y: 0.0, width: 6.0, height: 4.0 };

    #[test]
    fn the_papers_own_example_is_laid_out_as_in_the_paper() {
        let parts = divide(&[6.0, 6.0, 4.0, 3.0, 2.0, 2.0, 1.0], WHOLE);
        assert_eq!(parts[0], Rectangle { x: 0.0, y: 0.0, width: 3.0, height: 2.0 });
        assert_eq!(parts[1], Rectangle { x: 0.0, y: 2.0, width: 3.0, height: 2.0 });
        assert!((parts[2].area() - 4.0).abs() < 1e-9 && (parts[2].width - 12.0 / 7.0).abs() < 1e-9);
    }

    #[test]
    fn areas_are_in_proportion_and_stay_inside() {
        let sizes: Vec<f64> = (1..200).rev().map(f64::from).collect();
        let sum: f64 = sizes.iter().sum();
        for (part, size) in divide(&sizes, WHOLE).iter().zip(&sizes) {
            assert!((part.area() - size * 24.0 / sum).abs() < 1e-6);
            assert!(part.x >= 0.0 && part.y >= 0.0);
            assert!(part.x + part.width <= 6.0 + 1e-6 && part.y + part.height <= 4.0 + 1e-6);
        }
    }

    #[test]
    fn nothing_takes_no_room() {
        assert_eq!(divide(&[], WHOLE), []);
        assert!(divide(&[0.0, 0.0], WHOLE).iter().all(|part| part.area() == 0.0));
        assert!(divide(&[3.0, 0.0], WHOLE)[1].area() == 0.0);
    }
}
