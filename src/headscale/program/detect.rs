//! Which release the program is of: by its version, or by the commands that it has.

use serde::Deserialize;

use super::run::Runner;
use crate::headscale::{Error, Release};

#[derive(Deserialize)]
struct Version {
    version: String,
}

pub(super) async fn detect(runner: &Runner) -> Result<Release, Error> {
    let version: Version = runner.run(&["version"]).await?.json()?;
    match Release::of_version(&version.version)? {
        Some(release) => Ok(release),
        None => by_commands(runner).await,
    }
}

/// Help is printed without asking the server. 0.26 and 0.27 take the same arguments.
async fn by_commands(runner: &Runner) -> Result<Release, Error> {
    if has(runner, &["oauth-clients", "--help"]).await? {
        Ok(Release::V0_30)
    } else if has(runner, &["auth", "--help"]).await? {
        Ok(Release::V0_29)
    } else if runner
        .run(&["preauthkeys", "expire", "--help"])
        .await?
        .mentions("--id")
    {
        Ok(Release::V0_28)
    } else if has(runner, &["health", "--help"]).await? {
        Ok(Release::V0_27)
    } else {
        Ok(Release::V0_26)
    }
}

async fn has(runner: &Runner, command: &[&str]) -> Result<bool, Error> {
    match runner.run(command).await {
        Ok(_) => Ok(true),
        Err(Error::Program(_) | Error::Failed(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
