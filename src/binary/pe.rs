//! Reads PE libraries and programs (Microsoft's "PE Format").

use object::pe;
use object::read::pe::{ImageNtHeaders, PeFile};
use object::read::{ImportFlags, ImportLibraryFlags};
use object::{LittleEndian, Object as _};

use super::{Result, sorted, text};
use crate::facts::binary::{BinaryFacts, Format};

pub(super) fn parse<Pe: ImageNtHeaders>(bytes: &[u8]) -> Result<BinaryFacts> {
    let file = PeFile::<Pe>::parse(bytes)?;
    Ok(BinaryFacts {
        format: Format::Pe,
        architecture: architecture(file.nt_headers().file_header().machine.get(LittleEndian)),
        exports: exports(&file)?,
        imports: imports(&file)?,
        symbol_versions: Vec::new(),
        needed: needed(&file)?,
        soname: None,
        run_paths: Vec::new(),
        minimum_os: None,
    })
}

fn architecture(machine: pe::Machine) -> String {
    match machine {
        pe::IMAGE_FILE_MACHINE_AMD64 => "amd64",
        pe::IMAGE_FILE_MACHINE_ARM64 => "arm64",
        pe::IMAGE_FILE_MACHINE_ARM64EC => "arm64ec",
        pe::IMAGE_FILE_MACHINE_I386 => "i686",
        pe::IMAGE_FILE_MACHINE_ARMNT => "arm32",
        other => return format!("pe-machine-{:04x}", other.0),
    }
    .to_owned()
}

/// Those without a name, which only have a number, are left out.
fn exports<Pe: ImageNtHeaders>(file: &PeFile<Pe>) -> Result<Vec<String>> {
    let Some(table) = file.export_table()? else { return Ok(Vec::new()) };
    sorted(table.name_iter().map(|(name, _)| table.name_from_pointer(name).map(text)))
}

/// Those without a name are left out, and so is what is not looked for until it is called (delay-loaded).
fn imports<Pe: ImageNtHeaders>(file: &PeFile<Pe>) -> Result<Vec<String>> {
    sorted(file.imports()?.filter_map(|import| match import {
        Ok(import) if matches!(import.flags(), ImportFlags::Pe { delay: true }) => None,
        Ok(import) => import.name().into_name().map(|name| Ok(text(name))),
        Err(error) => Some(Err(error)),
    }))
}

fn needed<Pe: ImageNtHeaders>(file: &PeFile<Pe>) -> Result<Vec<String>> {
    let libraries = file.import_libraries()?.filter(|library| {
        !library.as_ref().is_ok_and(|library| matches!(library.flags(), ImportLibraryFlags::Pe { delay: true }))
    });
    libraries.map(|library| Ok(text(library?.name()))).collect()
}
