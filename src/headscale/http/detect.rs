//! Which release answers. Its own word is asked first; where it has none (`dev`, or a proxy that hides `/version`)
//! the paths that it has tell.

use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::connection::{Call, Connection};
use crate::headscale::{Error, Release};

#[derive(Deserialize)]
struct Version {
    version: String,
}

pub(super) async fn detect(connection: &Connection) -> Result<Release, Error> {
    match by_version(connection).await? {
        Some(release) => Ok(release),
        None => by_paths(connection).await,
    }
}

/// 0.28 answers any unknown path with a page, so only JSON counts.
async fn by_version(connection: &Connection) -> Result<Option<Release>, Error> {
    let answer = connection.ask(&Call::get(["version"])).await?;
    if answer.status.is_server_error() {
        return Err(answer.successful().err().unwrap_or(Error::NotHeadscale));
    }
    match answer.json::<Version>() {
        Ok(found) if answer.status == StatusCode::OK => Release::of_version(&found.version),
        _ => Ok(None),
    }
}

async fn by_paths(connection: &Connection) -> Result<Release, Error> {
    let described = connection
        .ask(&Call::get(["api", "v1", "openapi.yaml"]))
        .await?;
    if described.status == StatusCode::OK && described.is_yaml {
        return Ok(Release::V0_30);
    }
    match connection
        .call(&Call::get(["api", "v1", "preauthkey"]))
        .await
    {
        // A list without naming a user.
        Ok(answer) if answer.is_json => newer_than_0_27(connection).await,
        Ok(_) | Err(Error::Unsupported(_)) => Err(Error::NotHeadscale),
        Err(Error::NotFound(_) | Error::Failed(_)) => older_than_0_28(connection).await,
        Err(error) => Err(error),
    }
}

/// 0.29 has this path, for another method.
async fn newer_than_0_27(connection: &Connection) -> Result<Release, Error> {
    let call = Call::get(["api", "v1", "auth", "register"]);
    match connection.call(&call).await {
        Err(Error::Unsupported(501 | 405)) => Ok(Release::V0_29),
        Ok(_) | Err(Error::Unsupported(_)) => Ok(Release::V0_28),
        Err(error) => Err(error),
    }
}

async fn older_than_0_28(connection: &Connection) -> Result<Release, Error> {
    if exists(connection, &["api", "v1", "health"]).await? {
        return Ok(Release::V0_27);
    }
    if exists(connection, &["api", "v1", "routes"]).await? {
        return Err(Error::TooOld {
            found: "0.25 or older".to_owned(),
        });
    }
    Ok(Release::V0_26)
}

async fn exists(connection: &Connection, path: &[&str]) -> Result<bool, Error> {
    match connection.call(&Call::new(Method::GET, path)).await {
        Ok(_) => Ok(true),
        Err(Error::Unsupported(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
