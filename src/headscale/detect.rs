//! Which release answers: by its version, or, where that is hidden or `dev`, by the calls and commands it knows.

use reqwest::StatusCode;
use serde::Deserialize;

use super::http::{Call, Http};
use super::program::Program;
use super::{Error, Release};

#[derive(Deserialize)]
struct Version {
    version: String,
}

impl Http {
    pub(super) async fn detect(&self) -> Result<Release, Error> {
        match self.detect_by_version().await? {
            Some(release) => Ok(release),
            None => self.detect_by_paths().await,
        }
    }

    /// 0.28 answers every unknown path with a page, so only JSON counts.
    async fn detect_by_version(&self) -> Result<Option<Release>, Error> {
        let response = self
            .call_without_key(&Call::get(["version"]).at_root())
            .await?;
        if response.status.is_server_error() {
            return Err(response.successful().err().unwrap_or(Error::NotHeadscale));
        }
        match response.json::<Version>() {
            Ok(found) if response.status == StatusCode::OK => Release::of_version(&found.version),
            _ => Ok(None),
        }
    }

    async fn detect_by_paths(&self) -> Result<Release, Error> {
        let description = self.call_without_key(&Call::get(["openapi.yaml"])).await?;
        if description.status == StatusCode::OK && description.is_yaml() {
            return Ok(Release::V0_30);
        }
        match self.call(&Call::get(["preauthkey"])).await {
            // A list, although no user was named.
            Ok(response) if response.is_json() => self.is_0_28_or_0_29().await,
            Ok(_) | Err(Error::Unsupported(_)) => Err(Error::NotHeadscale),
            Err(Error::NotFound(_) | Error::Failed(_)) => self.is_0_26_or_0_27().await,
            Err(error) => Err(error),
        }
    }

    /// 0.29 has this path, for another method.
    async fn is_0_28_or_0_29(&self) -> Result<Release, Error> {
        match self.call(&Call::get(["auth", "register"])).await {
            Err(Error::Unsupported(501 | 405)) => Ok(Release::V0_29),
            Ok(_) | Err(Error::Unsupported(_)) => Ok(Release::V0_28),
            Err(error) => Err(error),
        }
    }

    async fn is_0_26_or_0_27(&self) -> Result<Release, Error> {
        if self.has("health").await? {
            return Ok(Release::V0_27);
        }
        if self.has("routes").await? {
            return Err(Release::too_old("0.25 or older".to_owned()));
        }
        Ok(Release::V0_26)
    }

    async fn has(&self, path: &str) -> Result<bool, Error> {
        match self.call(&Call::get([path])).await {
            Ok(_) => Ok(true),
            Err(Error::Unsupported(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Program {
    pub(super) async fn detect(&self) -> Result<Release, Error> {
        let found: Version = self.run(&["version"]).await?.json()?;
        match Release::of_version(&found.version)? {
            Some(release) => Ok(release),
            None => self.detect_by_commands().await,
        }
    }

    /// The program prints its help without asking the server.
    async fn detect_by_commands(&self) -> Result<Release, Error> {
        let expire = ["preauthkeys", "expire", "--help"];
        Ok(if self.has_command("oauth-clients").await? {
            Release::V0_30
        } else if self.has_command("auth").await? {
            Release::V0_29
        } else if self.run(&expire).await?.contains("--id") {
            Release::V0_28
        } else if self.has_command("health").await? {
            Release::V0_27
        } else {
            Release::V0_26
        })
    }

    async fn has_command(&self, command: &str) -> Result<bool, Error> {
        match self.run(&[command, "--help"]).await {
            Ok(_) => Ok(true),
            Err(Error::Program(_) | Error::Failed(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
