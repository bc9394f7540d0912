//! Reading ELF, Mach-O and PE, telling them where their libraries are, and stripping them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wainwright::actions::edit::Edit;
use wainwright::binary::{self, elf_strip, telling};

fuzz_target!(|bytes: &[u8]| {
    let headers = telling::section_headers(bytes).and_then(|part| bytes.get(part.start as usize..part.end as usize));
    let parts = telling::parts(bytes, headers.unwrap_or_default());
    assert!(parts.iter().all(|part| part.start <= part.end));
    let images = binary::parse(bytes).unwrap_or_default();
    let needed = images.iter().flat_map(|facts| facts.needed.iter().chain(&facts.optional));
    let known = ["libc.so.6", "/usr/lib/libSystem.B.dylib", "KERNEL32.dll"].map(str::to_owned);
    let edit = Edit {
        soname: Some("libnew.so.1".to_owned()),
        run_paths: Some(vec!["$ORIGIN/some.libs".to_owned()]),
        renamed: needed.chain(&known).map(|name| (name.clone(), format!("new-{name}"))).collect(),
    };
    if let Ok(edited) = binary::edit(bytes, &edit, "a name") {
        assert!(images.is_empty() || binary::parse(&edited).is_ok());
    }
    if let Ok(stripped) = elf_strip::stripped(bytes, "a name") {
        assert!(images.is_empty() || binary::parse(&stripped).is_ok());
    }
});
