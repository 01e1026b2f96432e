//! The manifests of the workspace: nothing is compiled that nobody uses.

use std::path::Path;

use super::architecture::collect;

/// The packages, and the folders of each.
const PACKAGES: [(&str, &[&str]); 5] = [
    (
        ".",
        &[
            "src",
            "tests/headscale",
            "tests/program",
            "tests/proofs",
            "tests/rooms",
            "tests/stories",
            "tests/support",
        ],
    ),
    ("migration", &["src"]),
    ("tests/sandbox", &["src", "tests"]),
    ("tests/stage", &["src"]),
    ("tests/stand-ins", &["src", "tests"]),
];

fn dependencies(manifest: &str) -> Vec<&str> {
    let sections = manifest.split("\n[");
    let wanted = sections.filter(|section| {
        section.starts_with("dependencies]") || section.starts_with("dev-dependencies]")
    });
    let lines = wanted.flat_map(|section| section.lines().skip(1));
    let names = lines.map(|line| line.split([' ', '.', '=']).next().unwrap_or_default());
    names
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .collect()
}

fn sources(package: &Path, folders: &[&str]) -> String {
    let mut files = Vec::new();
    for folder in folders {
        collect(&package.join(folder), &mut files);
    }
    let texts = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap());
    texts.collect()
}

#[test]
fn every_dependency_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut idle = Vec::new();
    for (package, folders) in PACKAGES {
        let package = root.join(package);
        let text = sources(&package, folders);
        let manifest = std::fs::read_to_string(package.join("Cargo.toml")).unwrap();
        for name in dependencies(&manifest) {
            let path = format!("{}::", name.replace('-', "_"));
            if !text.contains(&path) {
                idle.push(format!("{name} of {}", package.display()));
            }
        }
    }
    assert!(idle.is_empty(), "in a manifest, and in no source: {idle:?}");
}
