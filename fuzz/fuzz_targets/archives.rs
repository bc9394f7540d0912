//! Reading and judging wheels and sdists: any bytes are answered.
#![no_main]

use std::io::Cursor;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use wainwright::checks;
use wainwright::system::{tar, zip_reading};

fuzz_target!(|bytes: &[u8]| {
    let wheel = zip_reading::inspect_from(Path::new("demo-1.0-cp311-abi3-linux_x86_64.whl"), Cursor::new(bytes));
    if let Ok(archive) = wheel {
        checks::archive(&archive);
    }
    checks::archive(&tar::inspect_from(Path::new("demo-1.0.tar.gz"), bytes));
});
