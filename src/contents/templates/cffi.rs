//! Functions with a C interface, which Python calls through cffi.

/// The sum of two numbers, without what goes beyond 32 bits.
#[unsafe(no_mangle)]
pub extern "C" fn @package@_sum(left: i32, right: i32) -> i32 {
    left.wrapping_add(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_adds() {
        assert_eq!(@package@_sum(40, 2), 42);
    }
}
