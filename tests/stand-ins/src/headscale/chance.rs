//! Randomness for keys and ids of a stand-in: unpredictable enough to be unique, of no other worth.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

pub(super) const HEX: &[u8; 16] = b"0123456789abcdef";
/// URL-safe base64, dashes and underscores included.
pub(super) const BASE64: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

pub(super) fn text(alphabet: &[u8], length: usize) -> String {
    (0..length).map(|_| pick(alphabet)).collect()
}

fn pick(alphabet: &[u8]) -> char {
    let random = RandomState::new().build_hasher().finish();
    let index = usize::try_from(random >> 8).unwrap_or_default() % alphabet.len();
    char::from(alphabet[index])
}
