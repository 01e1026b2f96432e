//! Text that people typed, cleaned once when it comes in. Escaping for Discord is left to `view`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why somebody asks or was denied: 1 to 400 characters without control or bidi characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Reason(String);

impl Reason {
    /// Characters, not bytes.
    pub const MAX: usize = 400;

    /// None if there is nothing but white space.
    ///
    /// # Errors
    /// The number of characters, if they are too many after cleaning.
    pub(super) fn cleaned(typed: &str) -> Result<Option<Self>, usize> {
        let cleaned = clean(typed);
        match cleaned.chars().count() {
            0 => Ok(None),
            1..=Self::MAX => Ok(Some(Self(cleaned))),
            length => Err(length),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reason {
    type Error = &'static str;

    fn try_from(stored: String) -> Result<Self, Self::Error> {
        let parsed = Self::cleaned(&stored).ok().flatten();
        parsed.ok_or("not a reason")
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Drops control, bidi and invisible characters and folds every run of white space into one space.
pub(crate) fn clean(typed: &str) -> String {
    let visible: String = typed
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !is_invisible(*c))
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Characters that change the order or the look of their neighbours without being seen. Source: Unicode TR 36, 2.5, and
/// TR 9, "Directional Formatting Characters".
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}
