//! The QR code of a key. It holds the bare key as text, for a phone's camera app to read and its owner to paste.

use image::ImageEncoder as _;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use qrcode::{Color, EcLevel, QrCode};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

/// Tells nothing about the key.
pub(crate) const FILE_NAME: &str = "usher-key.png";

/// Modules of white around the code, as ISO/IEC 18004 asks. A dark screen would swallow the code otherwise.
const QUIET_ZONE: usize = 4;
const PIXELS_PER_MODULE: usize = 10;
const BLACK: u8 = 0;
const WHITE: u8 = 255;

/// Why a key cannot be shown, without a word of the key itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("the key is {length} characters long; at most {max} can be shown")]
    Length { length: usize, max: usize },
    #[error("the key holds characters that no pre-auth key has")]
    Characters,
    #[error("the key's QR code could not be made: {0}")]
    Code(#[from] qrcode::types::QrError),
    #[error("the key's picture could not be written: {0}")]
    Picture(#[from] image::ImageError),
}

/// Black on white, 8-bit grey, error correction M.
///
/// # Errors
/// `KeyError` for a key that no Headscale would make.
pub(crate) fn png(key: &SecretString) -> Result<Vec<u8>, KeyError> {
    let code = QrCode::with_error_correction_level(key.expose_secret(), EcLevel::M)?;
    let side = (code.width() + 2 * QUIET_ZONE) * PIXELS_PER_MODULE;
    let pixels = pixels(code, side);
    let side = u32::try_from(side).unwrap_or(u32::MAX);
    let mut file = Vec::new();
    // Under this filter, a line that equals the one above it is all zeros.
    let encoder = PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Up);
    encoder.write_image(&pixels, side, side, image::ExtendedColorType::L8)?;
    Ok(file)
}

/// Each row of modules is drawn once and then repeated.
fn pixels(code: QrCode, side: usize) -> Zeroizing<Vec<u8>> {
    let mut pixels = Zeroizing::new(vec![WHITE; side * side]);
    let width = code.width();
    let modules = code.into_colors();
    let bands = pixels.chunks_exact_mut(side * PIXELS_PER_MODULE);
    for (row, band) in modules.chunks_exact(width).zip(bands.skip(QUIET_ZONE)) {
        let (first, rest) = band.split_at_mut(side);
        draw(row, first);
        for line in rest.chunks_exact_mut(side) {
            line.copy_from_slice(first);
        }
    }
    pixels
}

fn draw(row: &[Color], line: &mut [u8]) {
    let inside = line.chunks_exact_mut(PIXELS_PER_MODULE).skip(QUIET_ZONE);
    for (module, dots) in row.iter().zip(inside) {
        dots.fill(module.select(BLACK, WHITE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn the_picture_shows_every_module_of_the_bare_key_inside_four_modules_of_white() {
        let file = png(&SecretString::from(KEY)).unwrap();
        let picture = image::load_from_memory(&file).unwrap();
        assert_eq!(picture.color(), image::ColorType::L8);
        let picture = picture.into_luma8();
        let code = QrCode::with_error_correction_level(KEY, EcLevel::M).unwrap();
        let modules = code.width() + 2 * QUIET_ZONE;
        let side = u32::try_from(modules * PIXELS_PER_MODULE).unwrap();
        assert_eq!(picture.dimensions(), (side, side));
        for (x, y, pixel) in picture.enumerate_pixels() {
            let module = |pixel: u32| i64::from(pixel / 10) - 4;
            let at = |i: i64| usize::try_from(i).ok().filter(|i| *i < code.width());
            let dark = match (at(module(x)), at(module(y))) {
                (Some(column), Some(row)) => code[(column, row)] == Color::Dark,
                _ => false,
            };
            assert_eq!(pixel.0, [if dark { 0 } else { 255 }], "at {x}, {y}");
        }
    }

    #[test]
    fn a_key_too_long_for_any_code_is_an_error_that_does_not_tell_it() {
        let key = SecretString::from("secret".repeat(1000));
        let error = png(&key).unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}
