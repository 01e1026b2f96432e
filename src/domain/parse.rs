//! What people typed becomes a value, or is refused.

use std::str::FromStr;

use strum::IntoEnumIterator as _;

use super::{DeviceName, Platform, Reason, Refusal};

impl FromStr for DeviceName {
    type Err = Refusal;

    fn from_str(typed: &str) -> Result<Self, Refusal> {
        Self::checked(typed).ok_or_else(|| Refusal::DeviceName {
            typed: typed.chars().take(Self::MAX + 1).collect(),
            suggestion: Self::suggest(typed),
        })
    }
}

impl FromStr for Platform {
    type Err = Refusal;

    fn from_str(typed: &str) -> Result<Self, Refusal> {
        let mut known = Self::iter();
        known
            .find(|platform| platform.into_str() == typed)
            .ok_or(Refusal::Platform)
    }
}

impl Reason {
    /// None if there is nothing but white space.
    ///
    /// # Errors
    /// [`Refusal::ReasonTooLong`] for more than [`Self::MAX`] characters after cleaning.
    pub fn parse(typed: &str) -> Result<Option<Self>, Refusal> {
        Self::cleaned(typed).map_err(|length| Refusal::ReasonTooLong { length })
    }
}
