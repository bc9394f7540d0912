//! Reads PE libraries and programs (Microsoft's "PE Format").

use object::LittleEndian;
use object::pe;
use object::read::pe::{ImageNtHeaders, PeFile};

use super::pe_image::{Image, Import, delayed, imports, symbols};
use super::{Result, names};
use crate::facts::binary::{BinaryFacts, Format};
use crate::facts::names::Names;

pub(super) fn parse<Pe: ImageNtHeaders>(bytes: &[u8]) -> Result<BinaryFacts> {
    let file = PeFile::<Pe>::parse(bytes)?;
    let image = Image::read(bytes)?;
    let (needed, optional) = (imports(&image)?, delayed(&image)?);
    let libraries = |imports: &[Import]| imports.iter().map(|import| import.name.clone()).collect();
    Ok(BinaryFacts {
        format: Format::Pe,
        architecture: architecture(file.nt_headers().file_header().machine.get(LittleEndian)),
        exports: exports(&file)?,
        // What is not looked for until it is called is left out.
        imports: symbols(&image, &needed)?.into_iter().collect(),
        unversioned: None,
        symbol_versions: Vec::new(),
        needed: libraries(&needed),
        optional: libraries(&optional),
        soname: None,
        run_paths: Vec::new(),
        run_paths_are_inherited: false,
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
fn exports<Pe: ImageNtHeaders>(file: &PeFile<Pe>) -> Result<Names> {
    let Some(table) = file.export_table()? else { return Ok(Names::default()) };
    names(table.name_iter().map(|(name, _)| table.name_from_pointer(name)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::parse;
    use super::super::tests::damage_everywhere;
    use super::*;

    /// Where the one section lies, in the file as in memory.
    const SECTION: u32 = 0x200;

    pub fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn halves(halves: &[u16]) -> Vec<u8> {
        halves.iter().flat_map(|half| half.to_le_bytes()).collect()
    }

    /// An x86-64 library that exports `PyInit_a` and imports `PyErr_Clear` and number 7 from `python3.dll`.
    pub fn library() -> Vec<u8> {
        let [exports, imports] = [SECTION, SECTION + 0x80];
        let text = |at: u32, text: &[u8]| (at as usize, text.to_vec());
        let parts = [
            text(0, b"MZ"),
            (0x3c, words(&[0x40])),
            text(0x40, b"PE\0\0"),
            // COFF header: machine, one section, size of the optional header, a DLL.
            (0x44, [halves(&[0x8664, 1]), words(&[0, 0, 0]), halves(&[0xf0, 0x2022])].concat()),
            (0x58, halves(&[0x20b])),
            // Alignments, size of the image and of the headers, count of the directories.
            (0x58 + 32, words(&[0x200, 0x200])),
            (0x58 + 56, words(&[0x600, SECTION])),
            (0x58 + 108, words(&[16, exports, 0x60, imports, 0x28])),
            // The section: name, then size and place in memory, size and place in the file.
            text(0x148, b".rdata\0\0"),
            (0x150, words(&[0x200, SECTION, 0x200, SECTION])),
            // Export directory: name, first number, one function and one name, their tables.
            (0x200, words(&[0, 0, 0, 0x240, 1, 1, 1, 0x228, 0x22c, 0x230])),
            (0x228, words(&[0x300, 0x250])),
            text(0x240, b"a.pyd\0"),
            text(0x250, b"PyInit_a\0"),
            // Import directory: lookup table, ..., name, address table; then an empty one.
            (0x280, words(&[0x2b0, 0, 0, 0x2e0, 0x2b0])),
            (0x2b0, words(&[0x2f0, 0, 7, 0x8000_0000, 0, 0])),
            text(0x2e0, b"python3.dll\0"),
            text(0x2f2, b"PyErr_Clear\0"),
        ];
        let mut bytes = vec![0; 0x400];
        for (at, part) in parts {
            bytes[at..at + part.len()].copy_from_slice(&part);
        }
        bytes
    }

    #[test]
    fn a_library_tells_everything_about_itself() {
        let expected = BinaryFacts {
            format: Format::Pe,
            architecture: "amd64".into(),
            exports: ["PyInit_a"].into_iter().collect(),
            imports: ["PyErr_Clear"].into_iter().collect(),
            unversioned: None,
            symbol_versions: vec![],
            needed: vec!["python3.dll".into()],
            optional: vec![],
            soname: None,
            run_paths: vec![],
            run_paths_are_inherited: false,
            minimum_os: None,
        };
        assert_eq!(parse(&library()), Ok(vec![expected]));
    }

    #[test]
    fn machines_are_named_as_wheel_tags_name_them() {
        assert_eq!(architecture(pe::IMAGE_FILE_MACHINE_ARM64), "arm64");
        assert_eq!(architecture(pe::Machine(0x1234)), "pe-machine-1234");
    }

    #[test]
    fn no_damage_makes_it_panic() {
        damage_everywhere(&library());
    }
}
