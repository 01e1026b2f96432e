//! A secret and where it came from. Its plain text leaves only through [`Secret::value`].

use std::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::i18n::text;

/// Longer than any token; a file beyond it is the wrong file.
const LONGEST: u64 = 4096;

/// A token or a key, from the settings themselves or from a file of its own.
#[derive(Clone)]
pub struct Secret {
    value: SecretString,
    file: Option<PathBuf>,
}

impl Secret {
    pub fn value(&self) -> &SecretString {
        &self.value
    }

    /// Where a rotated secret will appear; none if it was written into the settings.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    pub(super) fn from_text(text: &str) -> Result<Self, String> {
        let value = parse(text)?;
        Ok(Self { value, file: None })
    }

    pub(super) fn from_file(file: &str) -> Result<Self, String> {
        let file = PathBuf::from(file);
        let value = read(&file)?;
        let file = Some(file);
        Ok(Self { value, file })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { value: _, file } = self;
        match file {
            Some(file) => write!(f, "Secret(from {})", file.display()),
            None => f.write_str("Secret(given)"),
        }
    }
}

fn read(file: &Path) -> Result<SecretString, String> {
    let mut text = Zeroizing::new(String::new());
    File::open(file)
        .and_then(|opened| opened.take(LONGEST + 1).read_to_string(&mut text))
        .map_err(|error| text!("settings-unreadable-file", cause = error.to_string()))
        .and_then(|_| parse(&text))
        .map_err(|rule| {
            text!(
                "settings-in-file",
                file = file.display().to_string(),
                rule = rule
            )
        })
}

/// It goes into an HTTP header: one printable word.
fn parse(text: &str) -> Result<SecretString, String> {
    let word = text.trim();
    if word.is_empty() {
        Err(text!("settings-secret-empty"))
    } else if word.len() as u64 > LONGEST {
        Err(text!("settings-secret-long", longest = LONGEST))
    } else if !word.chars().all(|c| c.is_ascii_graphic()) {
        Err(text!("settings-secret-odd"))
    } else {
        Ok(SecretString::from(word))
    }
}

/// Whether every user of this machine can read the file.
#[cfg(unix)]
pub(super) fn is_readable_by_all(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
}

/// Other systems have no such bit to read.
#[cfg(not(unix))]
pub(super) fn is_readable_by_all(_file: &Path) -> bool {
    false
}
