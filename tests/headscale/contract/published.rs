//! The client's requests and the stand-in's answers, held against Headscale's published descriptions: the files
//! `headscale-v<release>…` in `HEADSCALE_SPECS`, or in `../shared/specs` beside the workspace.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use libtest_mimic::Trial;
use stand_ins::headscale::{Description, Release};

use super::behaviours;
use super::run;
use crate::subject::{Subject, Way};

pub(crate) fn trials() -> Vec<Trial> {
    Release::ALL.into_iter().map(trial).collect()
}

fn directory() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/specs");
    std::env::var_os("HEADSCALE_SPECS").map_or(beside, PathBuf::from)
}

fn trial(release: Release) -> Trial {
    match Description::find(&directory(), release) {
        Ok(Some(description)) => {
            let description = Arc::new(description);
            let name = format!("described {release}: every request and answer is as published");
            Trial::test(name, move || {
                run(async move { compare(&description, release).await })
            })
        }
        Ok(None) => {
            let name = format!("described {release}: not run, its description is not at hand");
            Trial::test(name, || Err("HEADSCALE_SPECS has no file for it".into()))
                .with_ignored_flag(true)
        }
        Err(error) => {
            let error = format!("{error:#}");
            let name = format!("described {release}: its description can be read");
            Trial::test(name, move || Err(error.into()))
        }
    }
}

/// Asked to find out whether they exist.
const ASIDE: [&str; 3] = ["/api/v1/health", "/api/v1/openapi.yaml", "/api/v1/routes"];

/// All behaviours, for what they ask; a path outside the API is nobody's business here.
async fn compare(description: &Description, release: Release) {
    let mut objections = Vec::new();
    let mut checked = 0;
    for behaviour in behaviours::ALL {
        let subject = Subject::stand_in(release, Way::Http).await;
        (behaviour.check)(&subject).await;
        let calls = subject
            .stand_in_itself()
            .map(stand_ins::headscale::Headscale::calls);
        for call in calls.unwrap_or_default() {
            if call.path.starts_with("/api/v1/") && !ASIDE.contains(&call.path.as_str()) {
                checked += 1;
                objections.extend(description.objections(&call));
            }
        }
    }
    objections.sort();
    objections.dedup();
    assert!(checked > 50, "{checked} calls");
    assert_eq!(objections, Vec::<String>::new());
}
