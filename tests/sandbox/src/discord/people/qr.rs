//! Reads QR images as a phone does.

/// The text of the one code in a PNG.
pub(super) fn decode(png: &[u8]) -> Option<String> {
    let picture = image::load_from_memory(png).ok()?.to_luma8();
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
