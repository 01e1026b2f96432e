//! Makes text that other people wrote harmless: it shows as typed, pings nobody and has a bounded length.
//!
//! Lengths are counted in UTF-16 units, the strictest way in which Discord and its clients count.

use zeroize::Zeroizing;

use crate::domain::text::clean;

const CUT: char = '…';
/// The characters that mean something in Discord's markdown, anywhere in a line.
const MARKUP: &str = r"\*_~|`<>[]()#-+:";

/// Puts the text on one line, with a backslash before everything that could be markup: at most `max` units *after*
/// escaping.
///
/// `@` gets a zero-width space instead, because Discord looks for `@everyone` and `@here` in the raw text and ignores
/// backslashes there. A bare address is no link once its colon is escaped.
pub(crate) fn escape(text: &str, max: usize) -> String {
    bounded(clean(text).chars(), max, escaped)
}

fn escaped(c: char, into: &mut String) {
    if c == '@' {
        into.push_str("@\u{200B}");
        return;
    }
    let numbered_list = c == '.' && into.ends_with(|before: char| before.is_ascii_digit());
    if MARKUP.contains(c) || numbered_list {
        into.push('\\');
    }
    into.push(c);
}

/// Inline code. Nothing inside can be markup, because no backtick is left. Otherwise it can be copied as it is, except
/// for the two words that ping.
pub(crate) fn code(text: &str, max: usize) -> String {
    let text = unpinging(&clean(text));
    let inner = bounded(text.chars(), max.saturating_sub(2), |c, into| {
        into.push(if c == '`' { '\'' } else { c });
    });
    match inner.as_str() {
        "" => "`?`".to_owned(),
        inner => format!("`{inner}`"),
    }
}

/// Breaks up the two words that Discord looks for in the raw text, whatever surrounds them.
pub(super) fn unpinging(text: &str) -> String {
    text.replace("@everyone", "@\u{200B}everyone")
        .replace("@here", "@\u{200B}here")
}

/// A block that one tap copies. It is never shortened: half a command would be worse than none.
pub(super) fn block(language: &str, text: &str) -> String {
    let inner: Zeroizing<String> = Zeroizing::new(
        text.chars()
            .filter(|c| *c != '`' && !c.is_control())
            .collect(),
    );
    format!("```{language}\n{}\n```", inner.as_str())
}

/// Keeps text of our own within a limit, whatever was filled into it.
pub(super) fn fit(text: &str, max: usize) -> String {
    if units(text) <= max {
        return text.to_owned();
    }
    bounded(text.chars(), max, |c, into| into.push(c))
}

pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Appends whole characters, each as `write` writes it, and marks the cut if there is one.
fn bounded(
    chars: impl Iterator<Item = char>,
    max: usize,
    write: impl Fn(char, &mut String),
) -> String {
    let mut shown = String::new();
    let mut length = 0;
    // The last place where the mark of a cut still fits.
    let mut safe_end = 0;
    for c in chars {
        let before = shown.len();
        write(c, &mut shown);
        length += units(&shown[before..]);
        if length > max {
            shown.truncate(safe_end);
            if max > 0 {
                shown.push(CUT);
            }
            return shown;
        }
        if length < max {
            safe_end = shown.len();
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_kind_of_markup_is_escaped() {
        let shown = escape(
            "# **b** __u__ ~~s~~ ||p|| `c` [x](https://evil.example) > q - l 1. n <@1> <t:0:R> a\\b :e:\n@here",
            400,
        );
        insta::assert_snapshot!(shown.replace('\u{200B}', "(zero width)"), @r"\# \*\*b\*\* \_\_u\_\_ \~\~s\~\~ \|\|p\|\| \`c\` \[x\]\(https\://evil.example\) \> q \- l 1\. n \<@(zero width)1\> \<t\:0\:R\> a\\b \:e\: @(zero width)here");
    }

    #[test]
    fn a_cut_never_splits_an_escape() {
        assert_eq!(escape("****", 8), r"\*\*\*\*");
        assert_eq!(escape("****", 7), r"\*\*\*…");
        assert_eq!(escape("****", 6), r"\*\*…");
        assert_eq!(escape("abc", 3), "abc");
        assert_eq!(escape("abcd", 3), "ab…");
        assert_eq!(escape("abc", 0), "");
    }

    #[test]
    fn inline_code_cannot_be_left() {
        assert_eq!(code("a`b``c\n", 80), "`a'b''c`");
        assert_eq!(code("", 80), "`?`");
        assert_eq!(code("anna@example.org", 80), "`anna@example.org`");
    }

    /// Removes every escape; the rest must not contain any markup.
    fn unescaped(shown: &str) -> String {
        let mut left = String::new();
        let mut chars = shown.chars();
        while let Some(c) = chars.next() {
            if c == '\\' {
                let next = chars.next().expect("an escape was cut in two");
                assert!(next.is_ascii_punctuation(), "{shown:?} escapes {next:?}");
                left.push('x');
            } else {
                left.push(c);
            }
        }
        left
    }

    proptest! {
        #[test]
        fn escaped_text_is_bounded_and_holds_no_markup_and_no_ping(
            text in r"(\PC|[\n\r\t@<>&#*_`~|\\\[\]()!:-]|@everyone|<@!?1>|https://x\.y ){0,120}",
            max in 0_usize..300,
        ) {
            let shown = escape(&text, max);
            prop_assert!(units(&shown) <= max);
            prop_assert!(!shown.contains(['\n', '\r']));
            prop_assert!(!shown.contains("@everyone") && !shown.contains("@here"));
            let left = unescaped(&shown).replace("@\u{200B}", "");
            prop_assert!(!left.contains(|c| r"\*_~|`<>[]()#-+:@".contains(c)), "{left:?}");
            let numbered = left.as_bytes().windows(2).any(|pair| pair[0].is_ascii_digit() && pair[1] == b'.');
            prop_assert!(!numbered, "{left:?}");
        }

        #[test]
        fn inline_code_is_bounded_and_holds_no_backtick_and_no_ping(
            text in r"(\PC|[`\n]|@everyone|@here|anna@example\.org){0,120}",
            max in 3_usize..300,
        ) {
            let shown = code(&text, max);
            prop_assert!(units(&shown) <= max);
            let inner = &shown[1..shown.len() - 1];
            prop_assert!(!inner.is_empty() && !inner.contains(['`', '\n']));
            prop_assert!(!inner.contains("@everyone") && !inner.contains("@here"));
        }
    }
}
