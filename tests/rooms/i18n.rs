//! Compares the code with `locales`: each message that is used exists, each message is used, and the arguments agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{self, Entry, Expression, InlineExpression, PatternElement};
use fluent_syntax::parser;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The macros of `src/i18n.rs` that name a message.
const MACROS: [&str; 2] = ["text", "localised"];

type Arguments = BTreeSet<String>;

/// What a message takes and which other messages and terms it refers to.
#[derive(Default)]
struct Message {
    arguments: Arguments,
    refers_to: BTreeSet<String>,
}

fn files(folder: &str, kind: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == kind) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn messages(language: &str) -> BTreeMap<String, Message> {
    let mut messages = BTreeMap::new();
    for file in files(&format!("locales/{language}"), "ftl") {
        let text = fs::read_to_string(&file).unwrap();
        let parsed = parser::parse(text.as_str());
        let resource =
            parsed.unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", file.display()));
        for entry in resource.body {
            let (id, pattern, attributes) = match entry {
                Entry::Message(message) => (
                    message.id.name.to_owned(),
                    message.value,
                    message.attributes,
                ),
                Entry::Term(term) => (
                    format!("-{}", term.id.name),
                    Some(term.value),
                    term.attributes,
                ),
                Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => continue,
                Entry::Junk { content } => panic!("{}: {content}", file.display()),
            };
            assert!(
                attributes.is_empty(),
                "{id}: the code cannot name an attribute"
            );
            let mut message = Message::default();
            message.read(&pattern.unwrap_or_else(|| panic!("{id} has no text")));
            assert!(
                messages.insert(id.clone(), message).is_none(),
                "{language} has two of {id}"
            );
        }
    }
    messages
}

impl Message {
    fn read(&mut self, pattern: &ast::Pattern<&str>) {
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                self.read_expression(expression);
            }
        }
    }

    fn read_expression(&mut self, expression: &Expression<&str>) {
        match expression {
            Expression::Inline(inline) => self.read_inline(inline),
            Expression::Select { selector, variants } => {
                self.read_inline(selector);
                for variant in variants {
                    self.read(&variant.value);
                }
            }
        }
    }

    fn read_inline(&mut self, inline: &InlineExpression<&str>) {
        match inline {
            InlineExpression::VariableReference { id } => {
                self.arguments.insert(id.name.to_owned());
            }
            InlineExpression::MessageReference { id, .. } => {
                self.refers_to.insert(id.name.to_owned());
            }
            InlineExpression::TermReference { id, .. } => {
                self.refers_to.insert(format!("-{}", id.name));
            }
            InlineExpression::Placeable { expression } => self.read_expression(expression),
            InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
            InlineExpression::FunctionReference { id, .. } => {
                panic!("no function {} is there", id.name)
            }
        }
    }
}

/// Adds to each message the arguments of those it refers to.
fn whole(messages: &BTreeMap<String, Message>) -> BTreeMap<&str, Arguments> {
    fn arguments(messages: &BTreeMap<String, Message>, id: &str) -> Arguments {
        let message = messages
            .get(id)
            .unwrap_or_else(|| panic!("nothing is called {id}"));
        let further = message
            .refers_to
            .iter()
            .flat_map(|id| arguments(messages, id));
        further.chain(message.arguments.iter().cloned()).collect()
    }
    let ids = messages.keys().map(String::as_str);
    ids.map(|id| (id, arguments(messages, id))).collect()
}

/// Each use of a message in the product: its id, its arguments and its file.
fn uses() -> Vec<(String, Arguments, String)> {
    let mut uses = Vec::new();
    for file in files("src", "rs") {
        let text = fs::read_to_string(&file).unwrap();
        let before = uses.len();
        find_uses(text.parse().unwrap(), &mut uses);
        for (_, _, place) in &mut uses[before..] {
            *place = file.file_name().unwrap().to_string_lossy().into_owned();
        }
    }
    uses
}

fn find_uses(tokens: TokenStream, uses: &mut Vec<(String, Arguments, String)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else {
            continue;
        };
        let called = at >= 2 && tokens[at - 1].to_string() == "!";
        if called && MACROS.contains(&tokens[at - 2].to_string().as_str()) {
            uses.extend(use_of(group));
        }
        find_uses(group.stream(), uses);
    }
}

/// `"id", name = …, other = …`, perhaps after `in language,`.
fn use_of(group: &Group) -> Option<(String, Arguments, String)> {
    assert_eq!(group.delimiter(), Delimiter::Parenthesis);
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let mut parts = tokens.split(|token| token.to_string() == ",");
    let mut first = parts.next()?;
    if first.first()?.to_string() == "in" {
        first = parts.next()?;
    }
    let [TokenTree::Literal(id)] = first else {
        return None;
    };
    let names = parts.filter_map(|part| Some(part.first()?.to_string()));
    let id = id.to_string().trim_matches('"').to_owned();
    Some((id, names.collect(), String::new()))
}

#[test]
fn every_message_that_the_code_names_is_there_with_its_arguments() {
    let messages = messages("en");
    let messages = whole(&messages);
    let uses = uses();
    assert!(uses.len() > 10, "only {uses:?}");
    let wrong: Vec<String> = uses
        .iter()
        .filter(|(id, arguments, _)| messages.get(id.as_str()) != Some(arguments))
        .map(|(id, given, place)| {
            format!(
                "{place}: {id} with {given:?}, not {:?}",
                messages.get(id.as_str())
            )
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_message_is_used() {
    let messages = messages("en");
    let used: BTreeSet<String> = uses().into_iter().map(|(id, _, _)| id).collect();
    let referred: BTreeSet<&String> = messages
        .values()
        .flat_map(|message| &message.refers_to)
        .collect();
    let unused: Vec<&String> = messages
        .keys()
        .filter(|id| !used.contains(*id) && !referred.contains(id))
        .collect();
    assert!(unused.is_empty(), "{unused:#?}");
}

#[test]
fn translations_say_nothing_that_english_does_not() {
    let english = messages("en");
    let english = whole(&english);
    for language in ["de", "fr"] {
        let translated = messages(language);
        assert!(!translated.is_empty());
        for (id, arguments) in whole(&translated) {
            assert_eq!(english.get(id), Some(&arguments), "{language}: {id}");
        }
    }
}

#[test]
fn every_file_is_part_of_the_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let embedded = fs::read_to_string(root.join("src/i18n.rs")).unwrap();
    for file in files("locales", "ftl") {
        let path = file.strip_prefix(root).unwrap().display().to_string();
        assert!(embedded.contains(&format!("\"../{path}\"")), "{path}");
    }
}
