//! Reads text as Discord's clients do, and says what in it is more than text. Written from Discord's own description of
//! its markdown, and from nothing of ours.

use serde_json::Value;

/// All markup that a reader would see, in order.
pub(crate) fn skeleton(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for word in ["@everyone", "@here"] {
        found.extend(text.matches(word).map(ToOwned::to_owned));
    }
    let mut reader = Reader {
        rest: text,
        line_start: true,
    };
    while !reader.rest.is_empty() {
        found.extend(reader.next_mark());
    }
    found
}

/// A message with every text in place of which stands its skeleton: two that are equal look alike, but for words.
pub(crate) fn shape(message: &Value) -> Value {
    match message {
        Value::String(text) => Value::from(skeleton(text)),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), shape(value)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => message.clone(),
    }
}

struct Reader<'t> {
    rest: &'t str,
    line_start: bool,
}

impl Reader<'_> {
    /// None for what is only text.
    fn next_mark(&mut self) -> Option<String> {
        let first = self.rest.chars().next()?;
        let at_start = std::mem::replace(&mut self.line_start, first == '\n');
        if at_start && let Some(mark) = block_mark(self.rest) {
            self.line_start = false;
            return Some(self.take(mark));
        }
        if let Some(skipped) = escaped(self.rest) {
            self.take(skipped);
            return None;
        }
        let inline = code(self.rest)
            .or_else(|| link(self.rest))
            .or_else(|| angle(self.rest))
            .or_else(|| address(self.rest))
            .or_else(|| emphasis(self.rest));
        let (length, mark) = inline.map_or((first.len_utf8(), None), |(length, mark)| {
            (length, Some(mark))
        });
        self.take(length);
        mark
    }

    fn take(&mut self, length: usize) -> String {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken.to_owned()
    }
}

/// A backslash takes the meaning of what follows, but not of letters, digits and white space.
fn escaped(text: &str) -> Option<usize> {
    let next = text.strip_prefix('\\')?.chars().next()?;
    let takes = !next.is_alphanumeric() && !next.is_whitespace();
    takes.then(|| 1 + next.len_utf8())
}

/// Headings, small print, quotes and lists.
fn block_mark(text: &str) -> Option<usize> {
    let indent = text.len() - text.trim_start_matches(' ').len();
    let line = &text[indent..];
    let marks = ["# ", "## ", "### ", "-# ", "> ", ">>> ", "- ", "* ", "+ "];
    if let Some(mark) = marks.iter().find(|mark| line.starts_with(**mark)) {
        return Some(indent + mark.len());
    }
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let numbered = digits > 0 && line[digits..].starts_with(". ");
    numbered.then_some(indent + digits + 2)
}

fn code(text: &str) -> Option<(usize, String)> {
    let ticks = text.len() - text.trim_start_matches('`').len();
    if ticks == 0 {
        return None;
    }
    let fence = &text[..ticks];
    let mut from = ticks;
    while let Some(found) = text[from..].find(fence) {
        let end = from + found + ticks;
        if !text[end..].starts_with('`') {
            return Some((end, format!("code {ticks}")));
        }
        let run = text[end..].len() - text[end..].trim_start_matches('`').len();
        from = end + run;
    }
    Some((ticks, format!("open code {ticks}")))
}

fn link(text: &str) -> Option<(usize, String)> {
    let after = text.strip_prefix('[')?;
    let middle = after.find("](")?;
    let end = after[middle..].find(')')?;
    Some((1 + middle + end + 1, "masked link".to_owned()))
}

/// Mentions, times, emoji, commands and addresses in angle brackets.
fn angle(text: &str) -> Option<(usize, String)> {
    let end = text.strip_prefix('<')?.find('>')?;
    let inside = &text[1..=end];
    let marks = ["@", "#", "t:", ":", "a:", "/", "id:", "http:", "https:"];
    let special = marks.iter().any(|mark| inside.starts_with(mark));
    special.then(|| (end + 2, format!("<{inside}>")))
}

fn address(text: &str) -> Option<(usize, String)> {
    let lower: String = text.chars().take(8).collect::<String>().to_lowercase();
    let schemes = ["http://", "https://"];
    let scheme = schemes.iter().find(|scheme| lower.starts_with(**scheme))?;
    let host = text.get(scheme.len()..)?;
    let length = host.len()
        - host
            .trim_start_matches(|c: char| !c.is_whitespace() && c != '<')
            .len();
    (length > 0).then(|| (scheme.len() + length, "address".to_owned()))
}

fn emphasis(text: &str) -> Option<(usize, String)> {
    let marks = ["**", "__", "~~", "||", "*", "_"];
    let mark = marks.iter().find(|mark| text.starts_with(**mark))?;
    Some((mark.len(), (*mark).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_sees_what_discord_would() {
        for (text, expected) in [
            ("plain words, 1.5 - 2 = a", &[][..]),
            ("**b** _i_", &["**", "**", "_", "_"]),
            (r"\*\*b\*\* \[x\]\(y\)", &[]),
            ("`*` and `` ` ``", &["code 1", "code 2"]),
            ("```sh\n*x*\n```", &["code 3"]),
            ("[x](https://e.example)", &["masked link"]),
            ("see HTTPS://e.example now", &["address"]),
            (r"https\://e.example", &[]),
            ("<@1> <@&2> <t:0:R>", &["<@1>", "<@&2>", "<t:0:R>"]),
            (r"\<@1>", &[]),
            ("# h\n> q\n12. l", &["# ", "> ", "12. "]),
            ("`@everyone`", &["@everyone", "code 1"]),
        ] {
            assert_eq!(skeleton(text), expected, "{text:?}");
        }
    }
}
