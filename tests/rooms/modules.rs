//! The modules inside the rooms, and which module knows which: read from every path in the code. A name that a module
//! only hands on (`pub use`) belongs to the module that it comes from.

use std::collections::{BTreeMap, BTreeSet};

use super::architecture::sources;

type Module = Vec<String>;

/// What the answers to people must not reach: nothing can then be called before the answer.
const NOT_FOR_COMMANDS: [&str; 7] = [
    "headscale",
    "outbound",
    "workflow::calls",
    "workflow::messages",
    "workflow::steps",
    "workflow::worker",
    "workflow::patrols",
];

/// The store's methods that write facts.
const FACTS: [&str; 6] = [
    "swap",
    "swap_departure",
    "submit",
    "note",
    "missed",
    "forget_miss",
];

struct Modules {
    /// The paths in each module's code, without those that it hands on.
    paths: BTreeMap<Module, Vec<String>>,
    /// The path behind each name that a module hands on.
    handed_on: BTreeMap<(Module, String), String>,
}

impl Modules {
    fn read() -> Self {
        let (mut all, mut handed_on) = (BTreeMap::new(), BTreeMap::new());
        for source in sources() {
            let module = module(&source.path);
            let mut paths = Vec::new();
            for (kind, text) in statements(&source.text) {
                match kind {
                    Kind::Use => paths.extend(expanded("", text)),
                    Kind::PublicUse => {
                        let named = expanded("", text).into_iter().map(|path| {
                            let name = path.rsplit("::").next().unwrap_or_default();
                            ((module.clone(), name.to_owned()), path)
                        });
                        handed_on.extend(named);
                    }
                    Kind::Other => paths.extend(words(text)),
                }
            }
            all.insert(module, paths);
        }
        Self {
            paths: all,
            handed_on,
        }
    }

    /// The other modules that this one names.
    fn known_to(&self, module: &Module) -> BTreeSet<Module> {
        let paths = self.paths[module].iter();
        let known = paths.filter_map(|path| self.meant(module, path));
        known.filter(|known| known != module).collect()
    }

    /// The module that a path leads to, seen from another. None if it leads out of the crate.
    fn meant(&self, from: &Module, path: &str) -> Option<Module> {
        let mut at = from.clone();
        let mut rest = path.split("::").filter(|step| !step.is_empty()).peekable();
        match *rest.peek()? {
            "crate" => at.clear(),
            "super" | "self" => {}
            first if self.paths.contains_key(&inside(from, first)) => {}
            _ => return None,
        }
        for step in rest {
            let child = inside(&at, step);
            match step {
                "crate" | "self" => {}
                "super" => drop(at.pop()),
                _ if self.paths.contains_key(&child) => at = child,
                _ => {
                    let behind = self.handed_on.get(&(at.clone(), step.to_owned()));
                    let behind = behind.filter(|_| &at != from);
                    return match behind {
                        Some(path) => self.meant(&at, path).or(Some(at)),
                        None => Some(at),
                    };
                }
            }
        }
        Some(at)
    }

    fn of_room(&self, room: &str) -> BTreeSet<Module> {
        let modules = self.paths.keys();
        modules
            .filter(|module| module[0] == room)
            .cloned()
            .collect()
    }

    /// What is left of a room without the modules that know nobody left, and those that nobody left knows.
    fn circle(&self, room: &str) -> BTreeSet<Module> {
        let mut left = self.of_room(room);
        loop {
            let known = |module: &Module| &self.known_to(module) & &left;
            let by_others: BTreeSet<Module> = left.iter().flat_map(known).collect();
            let kept = left
                .iter()
                .filter(|module| !known(module).is_empty() && by_others.contains(*module));
            let kept: BTreeSet<Module> = kept.cloned().collect();
            if kept == left {
                return left;
            }
            left = kept;
        }
    }
}

fn module(path: &str) -> Module {
    let inside = path.trim_start_matches("src/").trim_end_matches(".rs");
    inside.split('/').map(str::to_owned).collect()
}

fn inside(module: &Module, child: &str) -> Module {
    let mut path = module.clone();
    path.push(child.to_owned());
    path
}

enum Kind {
    Use,
    PublicUse,
    Other,
}

/// What every import names, and every other line.
fn statements(code: &str) -> Vec<(Kind, &str)> {
    let mut found = Vec::new();
    let mut rest = code.trim_start();
    while !rest.is_empty() {
        let line = rest.lines().next().unwrap_or_default();
        let (kind, begins) = match line.split_once("use ") {
            Some(("", _)) => (Kind::Use, 4),
            Some((before, _)) if before.starts_with("pub") && before.ends_with([' ', ')']) => {
                (Kind::PublicUse, before.len() + 4)
            }
            _ => (Kind::Other, 0),
        };
        let end = if begins > 0 { ';' } else { '\n' };
        let length = rest.find(end).unwrap_or(rest.len());
        found.push((kind, &rest[begins..length]));
        rest = rest[length..].trim_start_matches([';', '\n', ' ']);
    }
    found
}

/// `a::{b, c::{d, e}}` as `a::b`, `a::c::d`, `a::c::e`.
fn expanded(prefix: &str, tree: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let parts = tree.split(|c| {
        depth += usize::from(c == '{');
        depth -= usize::from(c == '}');
        c == ',' && depth == 0
    });
    let parts = parts.map(str::trim).filter(|part| !part.is_empty());
    parts
        .flat_map(|part| match part.split_once('{') {
            None => vec![format!(
                "{prefix}{}",
                part.split(" as ").next().unwrap_or(part)
            )],
            Some((path, group)) => {
                let group = group.strip_suffix('}').unwrap_or(group);
                expanded(&format!("{prefix}{path}"), group)
            }
        })
        .collect()
}

fn words(line: &str) -> impl Iterator<Item = String> {
    let words = line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    let paths = words.filter(|word| word.contains("::"));
    paths.map(str::to_owned)
}

#[test]
fn no_module_of_a_room_knows_another_in_a_circle() {
    let modules = Modules::read();
    let rooms: BTreeSet<&str> = modules
        .paths
        .keys()
        .map(|module| module[0].as_str())
        .collect();
    for room in rooms {
        let circle = modules.circle(room);
        assert!(circle.is_empty(), "{circle:#?}");
    }
}

#[test]
fn nothing_can_be_called_before_the_answer() {
    let modules = Modules::read();
    let commands = modules.of_room("workflow").into_iter();
    let commands: Vec<Module> = commands
        .filter(|module| module.get(1).is_some_and(|part| part == "commands"))
        .collect();
    assert!(commands.len() > 4, "{commands:?}");
    for module in commands {
        for known in modules.known_to(&module) {
            let known = known.join("::");
            let out_of_reach = NOT_FOR_COMMANDS.iter().any(|part| known.starts_with(part));
            assert!(!out_of_reach, "{} knows {known}", module.join("::"));
        }
    }
}

#[test]
fn only_the_ledger_writes_facts() {
    let writers = sources().into_iter().filter(|source| {
        let code: String = source.text.split_whitespace().collect();
        FACTS
            .iter()
            .any(|fact| code.contains(&format!("store.{fact}(")))
    });
    let writers: Vec<String> = writers.map(|source| source.path).collect();
    assert_eq!(writers, ["src/workflow/ledger.rs"]);
}

/// Counted over all files that add to the type.
#[test]
fn no_type_has_more_methods_than_a_newcomer_remembers() {
    let mut methods: BTreeMap<String, usize> = BTreeMap::new();
    for source in sources() {
        let mut owner = None;
        for line in source.text.lines() {
            if let Some(rest) = line.strip_prefix("impl") {
                let name = rest.rsplit(" for ").next().unwrap_or(rest);
                let name = name.trim_start_matches(|c| c != ' ').trim();
                let name = name.split(['<', ' ', '{']).next().unwrap_or(name);
                owner = Some(format!("{}::{name}", source.room));
            } else if line.starts_with('}') {
                owner = None;
            } else if let Some(owner) = &owner
                && line.starts_with("    ")
                && !line.starts_with("     ")
                && line.contains("fn ")
            {
                *methods.entry(owner.clone()).or_default() += 1;
            }
        }
    }
    let most = methods.iter().max_by_key(|(_, count)| **count);
    assert!(
        most.is_some_and(|(_, most)| (20..=30).contains(most)),
        "{most:?}"
    );
}
