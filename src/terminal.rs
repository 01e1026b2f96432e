//! What the small commands print for whoever started them.

use std::io::{self, Write as _};

/// The command goes on all the same if nobody reads any more, as behind `| head -1`.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
