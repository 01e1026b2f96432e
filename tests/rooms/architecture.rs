//! The rooms of `src` and the doors between them, read from the imports. A new door is a decision: it is made here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The rooms that each room may import.
const DOORS: [(&str, &[&str]); 20] = [
    ("domain", &[]),
    ("i18n", &[]),
    ("clock", &[]),
    ("config", &["domain", "i18n"]),
    ("command", &["domain"]),
    ("store", &["domain", "clock"]),
    ("headscale", &["domain", "clock"]),
    ("view", &["domain", "i18n"]),
    ("outbound", &["domain", "view"]),
    ("gateway", &["domain", "i18n", "outbound", "operations"]),
    ("operations", &[]),
    ("telemetry", &["config"]),
    ("terminal", &[]),
    ("backup", &["config", "i18n", "store", "terminal"]),
    (
        "workflow",
        &[
            "domain",
            "command",
            "store",
            "headscale",
            "outbound",
            "view",
            "clock",
            "operations",
        ],
    ),
    // `outbound` for the tokens of private answers, which the workflow must not hold.
    (
        "interaction",
        &[
            "domain",
            "command",
            "workflow",
            "view",
            "outbound",
            "operations",
        ],
    ),
    ("app", EVERYTHING),
    ("check", EVERYTHING),
    ("main", EVERYTHING),
    ("lib", EVERYTHING),
];

const EVERYTHING: &[&str] = &["*"];

/// The rooms that use serenity.
const SERENITY: [&str; 5] = ["view", "outbound", "gateway", "interaction", "app"];

/// The places where plaintext is taken out of its wrapping, and why.
const SECRETS: [(&str, &str); 6] = [
    ("src/gateway.rs", "the bot's token, for its HTTP client"),
    (
        "src/outbound/messenger.rs",
        "an interaction's token, for the address of its answer",
    ),
    ("src/view/handover.rs", "the key, in the text of the letter"),
    ("src/view/qr.rs", "the key, in the picture"),
    (
        "src/headscale/",
        "the API key's header; the key that Headscale sends and, up to 0.27, wants back",
    ),
    (
        "src/config/",
        "a secret that was just read is checked for its form",
    ),
];

pub(super) struct Source {
    pub(super) path: String,
    pub(super) room: String,
    pub(super) text: String,
}

pub(super) fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    files.sort();
    files.retain(|file| file.file_name().is_none_or(|name| name != "tests.rs"));
    files.iter().map(|file| source(root, file)).collect()
}

pub(crate) fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            files.push(path);
        }
    }
}

fn source(root: &Path, file: &Path) -> Source {
    let path = file.strip_prefix(root).unwrap().to_str().unwrap();
    let inside = path.trim_start_matches("src/");
    Source {
        room: inside.split(['/', '.']).next().unwrap().to_owned(),
        text: code_of(&std::fs::read_to_string(file).unwrap()),
        path: path.to_owned(),
    }
}

/// Without comments and without the tests inside a file.
fn code_of(text: &str) -> String {
    let until_tests = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code = until_tests
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    code.collect::<Vec<_>>().join("\n")
}

/// The rooms named by `crate::room` and by `use crate::{room, …}`.
fn imports(source: &Source) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (at, _) in source.text.match_indices("crate::") {
        let rest = &source.text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let group = &group[..group.find("};").unwrap_or(group.len())];
            let mut depth = 0;
            for part in group.split_inclusive([',', '{', '}']) {
                if depth == 0 {
                    rooms.extend(first_word(part.trim_start()));
                }
                depth += part.matches('{').count();
                depth = depth.saturating_sub(part.matches('}').count());
            }
        } else {
            rooms.extend(first_word(rest));
        }
    }
    rooms
}

fn first_word(text: &str) -> Option<String> {
    let word: String = text
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    (!word.is_empty() && word.starts_with(char::is_lowercase)).then_some(word)
}

#[test]
fn every_import_goes_through_a_door() {
    let doors: BTreeMap<&str, &[&str]> = DOORS.into();
    let mut wrong = Vec::new();
    for source in sources() {
        let allowed = doors.get(source.room.as_str());
        let allowed =
            allowed.unwrap_or_else(|| panic!("{} is a room without a door list", source.room));
        for room in imports(&source) {
            let own = room == source.room || allowed.contains(&"*");
            if !own && !allowed.contains(&room.as_str()) {
                wrong.push(format!("{} imports {room}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_two_rooms_import_each_other() {
    let doors: BTreeMap<&str, &[&str]> = DOORS.into();
    let mut open: BTreeSet<&str> = doors
        .keys()
        .copied()
        .filter(|room| doors[room] != EVERYTHING)
        .collect();
    while let Some(free) = open
        .iter()
        .copied()
        .find(|room| doors[room].iter().all(|to| !open.contains(to)))
    {
        open.remove(free);
    }
    assert!(open.is_empty(), "in a circle: {open:?}");
}

#[test]
fn only_the_rooms_at_the_edge_speak_serenity() {
    // A log target is a string, not speech.
    let speaks = |text: &str| text.replace("\"serenity::", "").contains("serenity::");
    let speakers = sources().into_iter().filter(|source| speaks(&source.text));
    let wrong: Vec<String> = speakers
        .filter(|source| !SERENITY.contains(&source.room.as_str()))
        .map(|source| source.path)
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn plaintext_is_taken_out_only_where_it_has_to_be() {
    let wrong: Vec<String> = sources()
        .into_iter()
        .filter(|source| source.text.contains(".expose_secret()"))
        .map(|source| source.path)
        .filter(|path| !SECRETS.iter().any(|(place, _)| path.starts_with(place)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn nothing_in_the_product_panics_on_purpose() {
    let panics = [
        ".unwrap()",
        ".expect(",
        "panic!(",
        "todo!(",
        "unimplemented!(",
        "unsafe ",
    ];
    let wrong: Vec<String> = sources()
        .iter()
        .flat_map(|source| panics.iter().map(move |panic| (source, panic)))
        .filter(|(source, panic)| source.text.contains(**panic))
        .map(|(source, panic)| format!("{}: {panic}", source.path))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_file_is_longer_than_a_newcomer_reads() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "migration/src", "tests"] {
        collect(&root.join(folder), &mut files);
    }
    let lines = |file: &PathBuf| std::fs::read_to_string(file).unwrap().lines().count();
    let long = files.iter().filter(|file| lines(file) > 400);
    assert_eq!(long.collect::<Vec<_>>(), Vec::<&PathBuf>::new());
}

/// `folder::test` in backticks.
#[test]
fn every_test_that_the_threat_model_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/security.md")).unwrap();
    let named = page.split('`').skip(1).step_by(2);
    let named = named.filter_map(|code| code.split_once("::"));
    let named: Vec<_> = named.filter(|(_, test)| test.contains('_')).collect();
    assert!(named.len() > 15, "only {named:?}");
    for (kind, test) in named {
        let mut files = Vec::new();
        for folder in [format!("tests/{kind}"), format!("tests/rooms/{kind}")] {
            if root.join(&folder).is_dir() {
                collect(&root.join(&folder), &mut files);
            }
        }
        let is_there = |file: &PathBuf| {
            let text = std::fs::read_to_string(file).unwrap();
            text.contains(&format!("fn {test}("))
        };
        assert!(files.iter().any(is_there), "{kind}::{test}");
    }
}
