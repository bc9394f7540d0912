//! The program that writes the Python: wainwright runs it when it builds.

fn main() {
    uniffi::uniffi_bindgen_main();
}
