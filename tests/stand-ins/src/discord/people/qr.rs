//! Reads QR images as a phone does.

use image::GrayImage;
use image::imageops::rotate90;

/// The text of the one code in a PNG. A decoder may see corners where there are none; people then turn the phone.
pub(super) fn decode(png: &[u8]) -> Option<String> {
    let picture = image::load_from_memory(png).ok()?.to_luma8();
    let turns = std::iter::successors(Some(picture), |last| Some(rotate90(last)));
    let mut turns = turns.take(4);
    turns.find_map(|picture| read(&picture))
}

fn read(picture: &GrayImage) -> Option<String> {
    let (width, height) = picture.dimensions();
    let grey = |x: usize, y: usize| {
        let at = |side: usize| u32::try_from(side).unwrap_or_default();
        picture.get_pixel(at(x), at(y)).0[0]
    };
    let mut prepared =
        rqrr::PreparedImage::prepare_from_greyscale(width as usize, height as usize, grey);
    let codes = prepared.detect_grids();
    codes.first()?.decode().ok().map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use image::Luma;
    use qrcode::{EcLevel, QrCode};

    use super::*;

    /// Black on white, ten pixels a module, in a margin of four modules.
    fn picture(text: &str) -> GrayImage {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let width = code.width();
        let side = u32::try_from(width + 8).unwrap() * 10;
        GrayImage::from_fn(side, side, |x, y| {
            let module = |at: u32| (at as usize / 10).checked_sub(4).filter(|at| *at < width);
            let dark = module(x).zip(module(y)).map(|(x, y)| code[(x, y)]);
            Luma([dark.map_or(255, |module| module.select(0, 255))])
        })
    }

    #[test]
    fn a_code_that_is_misread_upright_is_read_when_turned() {
        let key = "hskey-auth-NcrwmMOnH7Ij-oDjhblPmNFEp4Ua8-6C8QAyJ5qNWChkLvaYkP2BHO7TGbobd211cdHpbUhJqG5LA";
        let picture = picture(key);
        assert_eq!(read(&picture), None);
        let mut png = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
        assert_eq!(decode(png.get_ref()).as_deref(), Some(key));
    }
}
