//! Reading ELF, Mach-O and PE, and telling ELF files where their libraries are.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wainwright::actions::edit::ElfEdit;

fuzz_target!(|bytes: &[u8]| {
    let _ = wainwright::binary::parse(bytes);
    let edit = ElfEdit {
        soname: Some("libnew.so.1".to_owned()),
        run_path: Some("$ORIGIN/some.libs".to_owned()),
        renamed: [("libc.so.6".to_owned(), "libc-01234567.so.6".to_owned())].into(),
    };
    let _ = wainwright::binary::elf_edit::edit(bytes, &edit);
});
