//! Listing and expiring pre-auth keys through the program.

use secrecy::{ExposeSecret, SecretString};

use super::run::Runner;
use crate::headscale::dialect::KeyAddressing;
use crate::headscale::error::Words;
use crate::headscale::wire::WireKey;
use crate::headscale::{Error, KeyId, UserId};

pub(super) async fn list(
    addressing: KeyAddressing,
    runner: &Runner,
    owners: &[UserId],
) -> Result<Vec<WireKey>, Error> {
    if owners.is_empty() {
        return Ok(Vec::new());
    }
    match addressing {
        KeyAddressing::ById => list_all(runner, owners).await,
        KeyAddressing::ByUserAndPlaintext => {
            let mut keys = Vec::new();
            for owner in owners {
                keys.extend(list_of(runner, *owner).await?);
            }
            Ok(keys)
        }
    }
}

async fn list_all(runner: &Runner, owners: &[UserId]) -> Result<Vec<WireKey>, Error> {
    let mut keys: Vec<WireKey> = runner.list(&["preauthkeys", "list"]).await?;
    keys.retain(|key| key.owner().is_some_and(|owner| owners.contains(&owner)));
    Ok(keys)
}

/// A user that is gone took its keys along.
async fn list_of(runner: &Runner, owner: UserId) -> Result<Vec<WireKey>, Error> {
    let owner = owner.to_string();
    match runner
        .list(&["preauthkeys", "list", "--user", &owner])
        .await
    {
        Err(Error::NotFound(_)) => Ok(Vec::new()),
        outcome => outcome,
    }
}

pub(super) async fn expire(
    addressing: KeyAddressing,
    runner: &Runner,
    key: KeyId,
    owner: UserId,
) -> Result<(), Error> {
    match addressing {
        KeyAddressing::ById => {
            let id = key.to_string();
            runner
                .run(&["preauthkeys", "expire", "--id", &id])
                .await
                .map(drop)
        }
        KeyAddressing::ByUserAndPlaintext => {
            let mut keys = list_of(runner, owner).await?.into_iter();
            let listed = keys.find(|listed| listed.id.0 == key.0);
            let plaintext = listed.and_then(|listed| listed.key.0);
            let plaintext = plaintext.ok_or_else(|| Error::NotFound(Words::default()))?;
            expire_plaintext(runner, &plaintext, owner).await
        }
    }
}

/// There is no other way until 0.27: for a moment the key stands in the list of processes, and then it is dead.
async fn expire_plaintext(
    runner: &Runner,
    plaintext: &SecretString,
    owner: UserId,
) -> Result<(), Error> {
    let owner = owner.to_string();
    let arguments = [
        "preauthkeys",
        "expire",
        "--user",
        &owner,
        "--",
        plaintext.expose_secret(),
    ];
    runner.run(&arguments).await.map(drop)
}
