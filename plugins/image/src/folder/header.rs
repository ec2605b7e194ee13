//! Size and depth from the first bytes of a PNG or TIFF file.
//!
//! PNG: the IHDR chunk comes first (PNG specification, third edition, 11.2.1). TIFF 6.0: the first image file
//! directory may lie anywhere, often behind the pixels, and then it is not in the bytes at hand.

/// What a file says of its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Pixels a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Bits of one sample.
    pub bits_a_sample: u8,
    /// Samples a pixel.
    pub samples: u8,
}

impl Header {
    /// Bits a pixel, over all samples.
    pub fn bits(self) -> u8 {
        self.bits_a_sample.saturating_mul(self.samples)
    }
}

/// Why there is no header to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderError {
    /// It lies beyond the bytes at hand; the file may be in order.
    Beyond,
    /// The file is not a PNG or TIFF image, or a broken one.
    Unreadable(&'static str),
}

/// Reads the header out of `head`, the first bytes of a file of `bytes` bytes.
///
/// # Errors
/// See [`HeaderError`].
pub fn read(head: &[u8], bytes: u64) -> Result<Header, HeaderError> {
    let header = match head {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', rest @ ..] => png(rest)?,
        [b'I', b'I', 42, 0, ..] => Tiff { head, bytes, little: true }.header()?,
        [b'M', b'M', 0, 42, ..] => Tiff { head, bytes, little: false }.header()?,
        _ => return Err(HeaderError::Unreadable("it is neither PNG nor TIFF")),
    };
    if header.width == 0 || header.height == 0 || header.bits_a_sample == 0 || header.samples == 0 {
        return Err(HeaderError::Unreadable("its size or depth is 0"));
    }
    Ok(header)
}

fn png(rest: &[u8]) -> Result<Header, HeaderError> {
    let [0, 0, 0, 13, b'I', b'H', b'D', b'R', w0, w1, w2, w3, h0, h1, h2, h3, depth, colour, ..] = *rest
    else {
        return Err(HeaderError::Unreadable("its PNG header is cut off or not where it must be"));
    };
    let samples = match colour {
        0 | 3 => 1,
        2 => 3,
        4 => 2,
        6 => 4,
        _ => return Err(HeaderError::Unreadable("its PNG colour type does not exist")),
    };
    if !matches!(depth, 1 | 2 | 4 | 8 | 16) {
        return Err(HeaderError::Unreadable("its PNG bit depth does not exist"));
    }
    Ok(Header {
        width: u32::from_be_bytes([w0, w1, w2, w3]),
        height: u32::from_be_bytes([h0, h1, h2, h3]),
        bits_a_sample: depth,
        samples,
    })
}

struct Tiff<'a> {
    head: &'a [u8],
    bytes: u64,
    little: bool,
}

impl Tiff<'_> {
    fn header(&self) -> Result<Header, HeaderError> {
        let directory = self.u32(4)?;
        let entries = self.u16(u64::from(directory))?;
        let (mut width, mut height) = (0, 0);
        // TIFF 6.0 gives these two when the tags are left out.
        let (mut bits, mut samples) = (1, 1);
        for n in 0..u64::from(entries) {
            let at = u64::from(directory) + 2 + 12 * n;
            match self.u16(at)? {
                256 => width = self.value(at)?,
                257 => height = self.value(at)?,
                258 => bits = self.value(at)?,
                277 => samples = self.value(at)?,
                _ => {}
            }
        }
        let narrow = |value| u8::try_from(value).map_err(|_| HeaderError::Unreadable("its depth is absurd"));
        Ok(Header { width, height, bits_a_sample: narrow(bits)?, samples: narrow(samples)? })
    }

    /// First value of the directory entry at `at`, a SHORT or a LONG. It stands elsewhere when there are too
    /// many for the entry.
    fn value(&self, at: u64) -> Result<u32, HeaderError> {
        let (of_type, count) = (self.u16(at + 2)?, self.u32(at + 4)?);
        let size = match of_type {
            3 => 2,
            4 => 4,
            _ => return Err(HeaderError::Unreadable("a TIFF tag has a type that it cannot have")),
        };
        let at = if u64::from(count) * size <= 4 { at + 8 } else { u64::from(self.u32(at + 8)?) };
        if size == 2 { self.u16(at).map(u32::from) } else { self.u32(at) }
    }

    fn u16(&self, at: u64) -> Result<u16, HeaderError> {
        let bytes = self.at(at)?;
        Ok(if self.little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn u32(&self, at: u64) -> Result<u32, HeaderError> {
        let bytes = self.at(at)?;
        Ok(if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn at<const N: usize>(&self, at: u64) -> Result<[u8; N], HeaderError> {
        if at.saturating_add(N as u64) > self.bytes {
            return Err(HeaderError::Unreadable("its TIFF directory points behind the end of the file"));
        }
        let from = usize::try_from(at).map_err(|_| HeaderError::Beyond)?;
        self.head.get(from..).and_then(|rest| rest.first_chunk::<N>()).copied().ok_or(HeaderError::Beyond)
    }
}
