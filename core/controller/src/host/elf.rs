//! Just enough of the ELF format to keep a bad file away from the loader: that one maps a file that was cut
//! short without complaint, and the process dies on the first touch of what is not there.

/// Whether these are the first bytes of a library.
pub(super) fn is_elf(file: &[u8]) -> bool {
    file.starts_with(b"\x7fELF")
}

/// Whether everything that a 64-bit, little-endian library wants mapped is in the file. Others are left to
/// the loader, which refuses them on the machines we run on.
pub(super) fn is_whole(file: &[u8]) -> bool {
    const CLASS_64_LITTLE: [u8; 2] = [2, 1];
    const LOAD: u64 = 1;
    if file.get(4..6) != Some(&CLASS_64_LITTLE) {
        return true;
    }
    let segments = || {
        let (start, size, count) = (number(file, 32, 8)?, number(file, 54, 2)?, number(file, 56, 2)?);
        (0..count).map(|i| i.checked_mul(size)?.checked_add(start)).try_for_each(|header| {
            let header = usize::try_from(header?).ok()?;
            if number(file, header, 4)? != LOAD {
                return Some(());
            }
            let end = number(file, header + 8, 8)?.checked_add(number(file, header + 32, 8)?)?;
            (end <= file.len() as u64).then_some(())
        })
    };
    segments().is_some()
}

/// The little-endian number of `length` bytes at `from`, if the file is that long.
fn number(file: &[u8], from: usize, length: usize) -> Option<u64> {
    let bytes = file.get(from..from.checked_add(length)?)?;
    Some(bytes.iter().rev().fold(0, |n, &byte| n << 8 | u64::from(byte)))
}
