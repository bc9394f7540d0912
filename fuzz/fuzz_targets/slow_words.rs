//! Words that take a while, apart from the others: globs become automata, licences are sought in a long list.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wainwright::spec::license::LicenseExpression;
use wainwright::spec::path_glob::PathGlob;

fuzz_target!(|text: &str| {
    let _ = text.parse::<LicenseExpression>();
    if let Ok(glob) = text.parse::<PathGlob>() {
        glob.matches("a/b/LICENSE.txt");
    }
});
