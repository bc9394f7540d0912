//! Reading ELF, Mach-O and PE.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = wainwright::binary::parse(bytes);
});
