//! Pre-auth keys: where the releases differ most. See [`Release::has_key_ids`].

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::http::Call;
use super::wire::{Keys, OneKey, WireKey};
use super::{Error, Headscale, IssuedKey, KeyOrder, PreAuthKey, Release, ServerMessage};
use crate::domain::{HeadscaleUserId, KeyId, Tag};

const KEYS: [&str; 1] = ["preauthkey"];
const EXPIRE: [&str; 2] = ["preauthkey", "expire"];

impl Headscale {
    /// Creates a single-use key. Not idempotent: after an error with [`Error::outcome_unknown`] the key may exist.
    pub async fn create_key(&self, order: &KeyOrder) -> Result<IssuedKey, Error> {
        let arguments = arguments(order);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let call = Call::post(KEYS).with_body(body(order));
        let key = self
            .transport
            .one(&call, &arguments, |it: OneKey| it.pre_auth_key);
        let key: WireKey = key.await?;
        Ok(IssuedKey {
            id: key.id(),
            secret: key.plaintext().ok_or(Error::Unreadable("no key in it"))?,
        })
    }

    /// The keys of these users.
    pub async fn list_keys(&self, owners: &[HeadscaleUserId]) -> Result<Vec<PreAuthKey>, Error> {
        self.by_release(|release| self.keys(release, owners)).await
    }

    async fn keys(
        &self,
        release: Release,
        owners: &[HeadscaleUserId],
    ) -> Result<Vec<PreAuthKey>, Error> {
        let mut keys = Vec::new();
        if !release.has_key_ids() {
            for owner in owners {
                keys.extend(self.keys_of(*owner).await?.unwrap_or_default());
            }
        } else if !owners.is_empty() {
            keys = self
                .wire_keys(&Call::get(KEYS), &["preauthkeys", "list"])
                .await?;
        }
        let keys = keys.into_iter().map(PreAuthKey::from);
        Ok(keys
            .filter(|key| key.user.is_some_and(|user| owners.contains(&user)))
            .collect())
    }

    /// Up to 0.27. None for a user who is gone, and took their keys along.
    async fn keys_of(&self, owner: HeadscaleUserId) -> Result<Option<Vec<WireKey>>, Error> {
        let owner = owner.to_string();
        let call = Call::get(KEYS).with("user", &owner);
        let arguments = ["preauthkeys", "list", "--user", &owner];
        match self.wire_keys(&call, &arguments).await {
            Err(Error::NotFound(_)) => Ok(None),
            outcome => outcome.map(Some),
        }
    }

    async fn wire_keys(&self, call: &Call<'_>, arguments: &[&str]) -> Result<Vec<WireKey>, Error> {
        self.transport
            .list(call, arguments, |it: Keys| it.pre_auth_keys)
            .await
    }

    /// Idempotent. Only a list that is read afterwards proves that the key is dead: 0.28 and 0.29 give the same answer
    /// whether they did anything or not. Not having the key is an error only up to 0.27, where it can be named only if
    /// it is listed.
    pub async fn expire_key(&self, key: KeyId, owner: HeadscaleUserId) -> Result<(), Error> {
        let id = key.to_string();
        let call = Call::post(EXPIRE).with_body(json!({ "id": id }));
        let arguments = ["preauthkeys", "expire", "--id", &id];
        let expire = async |release: Release| {
            if release.has_key_ids() {
                self.transport.end(&call, &arguments).await
            } else {
                self.expire_by_plaintext(key, owner).await
            }
        };
        self.by_release(expire).await
    }

    /// Keys cannot be deleted up to 0.27, and stay.
    pub async fn delete_key(&self, key: KeyId) -> Result<(), Error> {
        let id = key.to_string();
        let call = Call::delete(KEYS).with("id", &id);
        let arguments = ["preauthkeys", "delete", "--id", &id];
        let delete = async |release: Release| {
            if release.has_key_ids() {
                self.transport.end(&call, &arguments).await
            } else {
                Ok(())
            }
        };
        self.by_release(delete).await
    }

    /// Up to 0.27. The plaintext is read back from the list, so nobody has to keep it. A newer release than expected
    /// would say yes and do nothing, hence the second look.
    async fn expire_by_plaintext(&self, key: KeyId, owner: HeadscaleUserId) -> Result<(), Error> {
        let Some(keys) = self.keys_of(owner).await? else {
            return Ok(());
        };
        let listed = find(keys, key);
        let before = listed.as_ref().and_then(WireKey::expiration);
        let plaintext = listed.and_then(WireKey::plaintext);
        let plaintext = plaintext.ok_or_else(|| Error::NotFound(ServerMessage::default()))?;
        self.expire_plaintext(&plaintext, owner).await?;
        let keys = self.keys_of(owner).await?.unwrap_or_default();
        match find(keys, key).and_then(|key| key.expiration()) {
            Some(after) if Some(after) == before => Err(Error::NotExpired),
            _ => Ok(()),
        }
    }

    /// The program takes the plaintext as an argument only: for a moment it shows in the list of processes, and then
    /// the key is dead.
    async fn expire_plaintext(
        &self,
        plaintext: &SecretString,
        owner: HeadscaleUserId,
    ) -> Result<(), Error> {
        let owner = owner.to_string();
        let plaintext = plaintext.expose_secret();
        let call = Call::post(EXPIRE).with_body(json!({ "user": owner, "key": plaintext }));
        let arguments = ["preauthkeys", "expire", "--user", &owner, "--", plaintext];
        self.transport.perform(&call, &arguments).await
    }
}

fn find(keys: Vec<WireKey>, key: KeyId) -> Option<WireKey> {
    keys.into_iter().find(|listed| listed.id() == key)
}

fn body(order: &KeyOrder) -> serde_json::Value {
    json!({
        "user": order.user.to_string(),
        "reusable": false,
        "ephemeral": order.ephemeral,
        "expiration": order.expiration.to_string(),
        "aclTags": tags(order),
    })
}

fn tags(order: &KeyOrder) -> Vec<&str> {
    order.tags.iter().map(Tag::as_str).collect()
}

/// The program takes a duration, so the key ends later than ordered by as long as the program takes to start.
#[expect(
    clippy::disallowed_methods,
    reason = "the program measures the key's life by the system's clock, whatever ours says"
)]
fn arguments(order: &KeyOrder) -> Vec<String> {
    let life = order.expiration.duration_since(Timestamp::now());
    let mut arguments = vec![
        "preauthkeys".to_owned(),
        "create".to_owned(),
        format!("--user={}", order.user),
        format!("--expiration={}ms", life.as_millis().max(1)),
    ];
    if order.ephemeral {
        arguments.push("--ephemeral".to_owned());
    }
    if !order.tags.is_empty() {
        arguments.push(format!("--tags={}", tags(order).join(",")));
    }
    arguments
}
