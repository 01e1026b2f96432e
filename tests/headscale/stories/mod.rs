//! The whole of the product with a real Headscale: the real bot as its own process, the stand-in for Discord, and every
//! program, over its HTTP API and through itself. Where several programs are named, a network is also carried from each
//! to the next, as operators do.

mod played;
mod scene;
mod storm;
mod upgrading;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use libtest_mimic::{Failed, Trial};

use self::scene::Scene;
use crate::subject::{Way, joiner};

type Playing = Pin<Box<dyn Future<Output = ()>>>;

/// One story: its name, whether it needs a device, and how it goes.
type Story = (&'static str, bool, fn(Scene) -> Playing);

const STORIES: [Story; 11] = [
    (
        "a device joins with its key, gets its name, and the key leaves the letter",
        true,
        |scene| Box::pin(played::a_device_joins(scene)),
    ),
    (
        "a device that shows a sign-in link is let in and gets its name",
        true,
        |scene| Box::pin(played::a_waiting_device_is_let_in(scene)),
    ),
    (
        "a key that was collected in private lets one device in",
        true,
        |scene| Box::pin(played::a_collected_key_lets_a_device_in(scene)),
    ),
    ("a device that has joined is taken back", true, |scene| {
        Box::pin(played::a_device_is_taken_back(scene))
    }),
    (
        "a tagged device that has joined is taken back",
        true,
        |scene| Box::pin(played::a_tagged_device_is_taken_back(scene)),
    ),
    ("the check sees a server that is away", false, |scene| {
        Box::pin(played::the_check_sees_a_server_that_is_away(scene))
    }),
    (
        "a key is made, and taken back before anybody used it",
        false,
        |scene| Box::pin(played::a_key_is_taken_back(scene)),
    ),
    ("a second key ends the first", false, |scene| {
        Box::pin(played::a_second_key_ends_the_first(scene))
    }),
    ("a key lapses unused and is dead", false, |scene| {
        Box::pin(played::a_key_lapses(scene))
    }),
    ("after every storm, each live key is held", false, |scene| {
        Box::pin(storm::each_live_key_is_held(scene))
    }),
    ("nothing is made for a denial", false, |scene| {
        Box::pin(played::nothing_is_made_for_a_denial(scene))
    }),
];

/// One story in which a release takes the place of another.
type Upgrade = (&'static str, bool, fn(Scene, PathBuf) -> Playing);

const UPGRADES: [Upgrade; 2] = [
    ("a key of before is taken back", false, |scene, new| {
        Box::pin(upgrading::a_key_of_before_is_taken_back(scene, new))
    }),
    (
        "a device joins with a key of before, and is taken back",
        true,
        |scene, new| Box::pin(upgrading::a_device_joins_with_a_key_of_before(scene, new)),
    ),
];

pub(crate) fn trials(programs: &[PathBuf]) -> Vec<Trial> {
    let mut trials: Vec<Trial> = programs.iter().flat_map(|path| trials_of(path)).collect();
    trials.extend(programs.windows(2).flat_map(upgrades_of));
    trials
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

const WAYS: [(Way, &str); 2] = [(Way::Http, ""), (Way::Program, " (its program)")];

fn trials_of(path: &Path) -> Vec<Trial> {
    let name = name_of(path);
    let stories = STORIES
        .iter()
        .flat_map(|story| WAYS.map(|way| (story, way)));
    let trials = stories.map(|((title, with_device, play), (way, through))| {
        let (path, play) = (path.to_owned(), *play);
        let title = format!("{name}{through}: {title}");
        let skipped = *with_device && joiner().is_none();
        Trial::test(title, move || run(&path, way, play)).with_ignored_flag(skipped)
    });
    trials.collect()
}

fn upgrades_of(pair: &[PathBuf]) -> Vec<Trial> {
    let [old, new] = pair else { return Vec::new() };
    let names = format!("{} to {}", name_of(old), name_of(new));
    let stories = UPGRADES
        .iter()
        .flat_map(|story| WAYS.map(|way| (story, way)));
    let trials = stories.map(|((title, with_device, play), (way, through))| {
        let (old, new, play) = (old.clone(), new.clone(), *play);
        let title = format!("{names}{through}: {title}");
        let skipped = *with_device && joiner().is_none();
        Trial::test(title, move || run(&old, way, |scene| play(scene, new)))
            .with_ignored_flag(skipped)
    });
    trials.collect()
}

fn run(path: &Path, way: Way, play: impl FnOnce(Scene) -> Playing) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async { play(Scene::open(path, way).await).await });
    Ok(())
}
