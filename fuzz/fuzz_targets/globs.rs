//! Globs, which become automata: apart from the other words, since each takes a while.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wainwright::spec::path_glob::PathGlob;

fuzz_target!(|text: &str| {
    if let Ok(glob) = text.parse::<PathGlob>() {
        glob.matches("a/b/LICENSE.txt");
    }
});
