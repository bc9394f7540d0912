//! Puts Mach-O images for several processors into one universal file, and edits those of one (Apple's `mach-o/fat.h`).

use super::words::{Field, Words, address, aligned, word};
use super::{BinaryError, Refusal};
use crate::facts::binary::Format;

const MAGIC: u32 = 0xcafe_babe;
const MAGIC_64: u32 = 0xcafe_babf;
/// A universal file has fewer images. Java's class files begin with the same four bytes and a greater number.
pub(super) const IMAGES: u8 = 40;

/// Of a universal file, then of each image.
const COUNT: Field = word(4, 4);
const OFFSET: Field = address(8, 8);
const SIZE: Field = address(12, 16);
const ALIGN: Field = word(16, 24);

/// Whether the bytes are those of a universal file.
pub(super) fn is_universal(bytes: &[u8]) -> bool {
    let magic = bytes.get(..4).and_then(|magic| magic.try_into().ok()).map(u32::from_be_bytes);
    let is_few = matches!(bytes, [_, _, _, _, 0, 0, 0, count, ..] if *count < IMAGES);
    magic.is_some_and(|magic| [MAGIC, MAGIC_64].contains(&magic)) && is_few
}

/// A universal file with other images in place of its own, in their order; each begins where its processor asks it to.
pub(super) fn mapped(bytes: &[u8], change: impl Fn(&[u8]) -> Result<Vec<u8>, Refusal>) -> Result<Vec<u8>, Refusal> {
    let is_64 = bytes.starts_with(&MAGIC_64.to_be_bytes());
    let old = Words::new(bytes, is_64, false);
    let width = if is_64 { 32 } else { 20 };
    let places: Vec<u64> = (0..old.get(0, COUNT)?).map(|index| 8 + index * width).collect();
    let end = 8 + places.len() as u64 * width;
    let mut new = Words::new(old.range(0, end)?, is_64, false);
    let mut has_changed = false;
    for place in places {
        let image = old.range(old.get(place, OFFSET)?, old.get(place, SIZE)?)?;
        let changed = change(image)?;
        has_changed |= changed != image;
        let align =
            1u64.checked_shl(u32::try_from(old.get(place, ALIGN)?).unwrap_or(64)).filter(|align| *align <= 1 << 24);
        let offset = aligned(new.len(), align.ok_or("an image begins on no boundary")?)?;
        new.set(place, OFFSET, offset)?;
        new.set(place, SIZE, changed.len() as u64)?;
        new.bytes.resize(offset as usize, 0);
        new.bytes.extend(changed);
    }
    Ok(if has_changed { new.bytes } else { bytes.to_vec() })
}
/// The magic numbers of single images, as little-endian machines write them, for 32 and 64 bits.
const IMAGE_MAGIC: [u32; 2] = [0xfeed_face, 0xfeed_facf];
const CPU_TYPE_ARM64: u32 = 0x0100_000c;

/// Joins images, each for another processor, in the order of their processors. Each begins on a boundary of its pages:
/// 16 KiB for arm64, else 4 KiB.
pub fn join(images: &[Vec<u8>]) -> Result<Vec<u8>, BinaryError> {
    let mut slices = images.iter().map(|bytes| Slice::of(bytes)).collect::<Result<Vec<_>, _>>()?;
    slices.sort_by_key(|slice| slice.cpu_type);
    if slices.windows(2).any(|pair| pair[0].cpu_type == pair[1].cpu_type) {
        return Err(damaged("two images are for the same processor"));
    }
    let mut header: Vec<u8> = [MAGIC, slices.len() as u32].into_iter().flat_map(u32::to_be_bytes).collect();
    let mut end = header.len() + 20 * slices.len();
    for slice in &slices {
        let offset = end.next_multiple_of(1 << slice.align());
        end = offset + slice.bytes.len();
        let size = u32::try_from(slice.bytes.len()).map_err(|_| damaged("an image has more than 4 GiB"))?;
        let offset = u32::try_from(offset).map_err(|_| damaged("the images together have more than 4 GiB"))?;
        let fields = [slice.cpu_type, slice.cpu_subtype, offset, size, slice.align()];
        header.extend(fields.into_iter().flat_map(u32::to_be_bytes));
    }
    let mut joined = header;
    for slice in &slices {
        joined.resize(joined.len().next_multiple_of(1 << slice.align()), 0);
        joined.extend_from_slice(slice.bytes);
    }
    Ok(joined)
}

/// An image and what its header says of the processor.
struct Slice<'b> {
    bytes: &'b [u8],
    cpu_type: u32,
    cpu_subtype: u32,
}

impl<'b> Slice<'b> {
    fn of(bytes: &'b [u8]) -> Result<Self, BinaryError> {
        let word = |at: usize| {
            let field = bytes.get(at..at + 4).and_then(|field| field.try_into().ok());
            field.map(u32::from_le_bytes).ok_or_else(|| damaged("an image is too short"))
        };
        if !IMAGE_MAGIC.contains(&word(0)?) {
            return Err(damaged("it is not made of single images"));
        }
        Ok(Self { bytes, cpu_type: word(4)?, cpu_subtype: word(8)? })
    }

    /// As a power of two.
    fn align(&self) -> u32 {
        if self.cpu_type == CPU_TYPE_ARM64 { 14 } else { 12 }
    }
}

fn damaged(reason: &str) -> BinaryError {
    BinaryError::Damaged { format: Format::MachO, reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use object::read::macho::{FatArch as _, MachOFatFile32};

    use super::*;

    fn image(cpu_type: u32, size: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = [0xfeed_facf, cpu_type, 3].into_iter().flat_map(u32::to_le_bytes).collect();
        bytes.resize(size, 7);
        bytes
    }

    #[test]
    fn images_are_found_again_each_on_its_boundary() {
        let (arm, intel) = (image(CPU_TYPE_ARM64, 100), image(0x0100_0007, 5000));
        let joined = join(&[arm.clone(), intel.clone()]).unwrap();
        let file = MachOFatFile32::parse(&*joined).unwrap();
        let found: Vec<_> =
            file.arches().iter().map(|arch| (arch.data(&*joined).unwrap().to_vec(), arch.offset())).collect();
        assert_eq!(found[0].0, intel);
        assert_eq!(found[1].0, arm);
        assert_eq!((found[0].1 % 4096, found[1].1 % 16384), (0, 0));
    }

    #[test]
    fn two_images_for_one_processor_and_other_files_are_refused() {
        let arm = image(CPU_TYPE_ARM64, 100);
        assert!(join(&[arm.clone(), arm]).is_err());
        assert!(join(&[b"\x7fELF".to_vec()]).is_err());
        assert!(join(&[Vec::new()]).is_err());
    }
}
