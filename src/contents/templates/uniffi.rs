//! What uniffi makes Python of.

uniffi::setup_scaffolding!();

/// Greet somebody by name.
#[uniffi::export]
pub fn greet(name: &str) -> String {
    format!("Hello, {name}!")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_greets() {
        assert_eq!(greet("Ada"), "Hello, Ada!");
    }
}
