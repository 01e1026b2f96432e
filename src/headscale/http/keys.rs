//! Listing and expiring pre-auth keys over HTTP: the one place where the releases differ much.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::connection::{Call, Connection};
use crate::headscale::dialect::KeyAddressing;
use crate::headscale::error::Words;
use crate::headscale::wire::{Keys, WireKey};
use crate::headscale::{Error, KeyId, UserId};

const KEYS: [&str; 3] = ["api", "v1", "preauthkey"];
const EXPIRE: [&str; 4] = ["api", "v1", "preauthkey", "expire"];

impl KeyAddressing {
    pub(super) async fn list(
        self,
        connection: &Connection,
        owners: &[UserId],
    ) -> Result<Vec<WireKey>, Error> {
        match self {
            Self::ById => list_all(connection, owners).await,
            Self::ByUserAndPlaintext => list_each(connection, owners).await,
        }
    }

    pub(super) async fn expire(
        self,
        connection: &Connection,
        key: KeyId,
        owner: UserId,
    ) -> Result<(), Error> {
        match self {
            Self::ById => expire_by_id(connection, key).await,
            Self::ByUserAndPlaintext => expire_by_plaintext(connection, key, owner).await,
        }
    }
}

async fn list_all(connection: &Connection, owners: &[UserId]) -> Result<Vec<WireKey>, Error> {
    if owners.is_empty() {
        return Ok(Vec::new());
    }
    let all: Keys = connection.call(&Call::get(KEYS)).await?.json()?;
    let is_theirs = |key: &WireKey| key.owner().is_some_and(|owner| owners.contains(&owner));
    Ok(all.pre_auth_keys.into_iter().filter(is_theirs).collect())
}

async fn list_each(connection: &Connection, owners: &[UserId]) -> Result<Vec<WireKey>, Error> {
    let mut keys = Vec::new();
    for owner in owners {
        keys.extend(list_of(connection, *owner).await?);
    }
    Ok(keys)
}

/// A user that is gone took its keys along.
async fn list_of(connection: &Connection, owner: UserId) -> Result<Vec<WireKey>, Error> {
    let call = Call::get(KEYS).with("user", owner.to_string());
    match connection.call(&call).await {
        Ok(answer) => Ok(answer.json::<Keys>()?.pre_auth_keys),
        Err(Error::NotFound(_)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn expire_by_id(connection: &Connection, key: KeyId) -> Result<(), Error> {
    let body = json!({ "id": key.to_string() });
    connection.call(&Call::post(EXPIRE, body)).await.map(drop)
}

/// The plaintext is read back from the list, so that nobody has to keep it. A newer release than was thought would
/// answer 200 and do nothing, hence the second look.
async fn expire_by_plaintext(
    connection: &Connection,
    key: KeyId,
    owner: UserId,
) -> Result<(), Error> {
    let Some(WireKey {
        key: plaintext,
        expiration: before,
        ..
    }) = find(connection, key, owner).await?
    else {
        return Err(Error::NotFound(Words::default()));
    };
    let plaintext = plaintext.0.unwrap_or_default();
    let body = named_by_plaintext(&plaintext, owner);
    connection.call(&Call::post(EXPIRE, body)).await?;
    let after = find(connection, key, owner)
        .await?
        .and_then(|key| key.expiration.0);
    match after {
        Some(after) if Some(after) == before.0 => Err(Error::NotExpired),
        _ => Ok(()),
    }
}

async fn find(
    connection: &Connection,
    key: KeyId,
    owner: UserId,
) -> Result<Option<WireKey>, Error> {
    let keys = list_of(connection, owner).await?;
    Ok(keys.into_iter().find(|listed| listed.id.0 == key.0))
}

fn named_by_plaintext(plaintext: &SecretString, owner: UserId) -> serde_json::Value {
    json!({ "user": owner.to_string(), "key": plaintext.expose_secret() })
}
