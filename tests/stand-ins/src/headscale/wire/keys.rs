//! Pre-auth keys: making, listing, expiring, deleting.

use serde_json::{Value, json};

use super::body::{Body, Fields, Kind};
use super::{Reply, Visit, shapes};
use crate::headscale::Release;
use crate::headscale::model::KeyOrder;

const NEW_KEY: Fields = &[
    ("user", Kind::Id),
    ("reusable", Kind::Flag),
    ("ephemeral", Kind::Flag),
    ("expiration", Kind::Time),
    ("aclTags", Kind::Words),
];
const BY_ID: Fields = &[("id", Kind::Id)];
const BY_PLAINTEXT: Fields = &[("user", Kind::Id), ("key", Kind::Text)];

impl Visit<'_> {
    pub(super) fn create_key(&mut self) -> Result<Reply, Reply> {
        let body = self.read(NEW_KEY)?;
        self.look_at_order(&body);
        let tags = self.well_formed(body.words("aclTags"), 400)?;
        let user = body.id("user").filter(|id| *id != 0);
        match user {
            Some(id) if self.world.user(id).is_none() => {
                return Err(self.no_user("creating pre-auth key"));
            }
            None if !self.world.release.masks_keys() => return Err(self.no_user("")),
            None if tags.is_empty() => {
                let words = "auth-key must be either tagged or owned by user";
                return Err(self.refuse((500, 2), (400, "creating pre-auth key"), words));
            }
            _ => {}
        }
        let key = self.world.add_key(KeyOrder {
            user,
            reusable: body.flag("reusable"),
            ephemeral: body.flag("ephemeral"),
            expiration: body.time("expiration"),
            tags,
        });
        let shape = shapes::key(self.world, &key, &key.secret);
        Ok(self.found(&json!({ "preAuthKey": shape })))
    }

    fn look_at_order(&mut self, body: &Body) {
        if !body.has("expiration") {
            self.complain("a key without an expiration is born expired");
        }
        if body.time("expiration").is_some_and(|at| at <= self.now()) {
            self.complain("a key that has expired before it is made");
        }
        if body.flag("reusable") {
            self.complain("a reusable key");
        }
        let user = body.id("user").filter(|id| *id != 0);
        if user.is_none() {
            self.complain("a key that is nobody's");
        }
    }

    /// Sorted and each once, or refused with this status until 0.29.
    pub(super) fn well_formed(
        &self,
        mut tags: Vec<String>,
        status: u16,
    ) -> Result<Vec<String>, Reply> {
        for tag in &tags {
            let words = if !tag.starts_with("tag:") {
                "tag must start with the string 'tag:'"
            } else if tag.to_lowercase() != *tag {
                "tag should be lowercase"
            } else if tag.split_whitespace().count() > 1 {
                "tags must not contain spaces"
            } else {
                continue;
            };
            let code = if status == 400 { 3 } else { 2 };
            return Err(self.refuse((status, code), (400, "invalid tag"), words));
        }
        if self.world.release != Release::V0_26 {
            tags.sort();
        }
        let mut seen = Vec::new();
        tags.retain(|tag| {
            let new = !seen.contains(tag);
            seen.push(tag.clone());
            new
        });
        Ok(tags)
    }

    pub(super) fn no_user(&self, doing: &str) -> Reply {
        self.refuse((500, 2), (404, doing), "user not found")
    }

    pub(super) fn list_keys(&mut self) -> Result<Reply, Reply> {
        let user = self.asked.parameter("user").map(str::to_owned);
        let release = self.world.release;
        let owner = if release.masks_keys() {
            if user.is_some() {
                self.complain("the keys of one user cannot be asked for since 0.28");
            }
            None
        } else {
            Some(self.owner(user.as_deref())?)
        };
        let keys: Vec<Value> = (self.world.keys.iter())
            .filter(|key| owner.is_none() || key.user == owner)
            .map(|key| shapes::key(self.world, key, &key.shown(release)))
            .collect();
        Ok(self.found(&json!({ "preAuthKeys": keys })))
    }

    fn owner(&self, user: Option<&str>) -> Result<u64, Reply> {
        let Ok(id) = user.unwrap_or("0").parse::<u64>() else {
            let user = user.unwrap_or_default();
            let words = format!(
                "parsing field \"user\": strconv.ParseUint: parsing {user:?}: invalid syntax"
            );
            return Err(Reply::grpc(400, 3, &words));
        };
        match self.world.user(id) {
            Some(user) => Ok(user.id),
            None => Err(self.no_user("")),
        }
    }

    pub(super) fn expire_key(&mut self) -> Result<Reply, Reply> {
        if self.world.release.masks_keys() {
            self.expire_by_id()
        } else {
            self.expire_by_plaintext()
        }
    }

    /// 0.28 and 0.29 say yes to anything.
    fn expire_by_id(&mut self) -> Result<Reply, Reply> {
        let body = self.read(BY_ID)?;
        let now = self.now();
        let id = body.id("id").unwrap_or_default();
        match self.world.keys.iter_mut().find(|key| key.id == id) {
            Some(key) => key.expiration = Some(now),
            None if self.world.release.is_grpc() => {}
            None => {
                let words = "auth-key not found: record not found";
                return Err(Reply::problem(404, "expiring pre-auth key", &[words]));
            }
        }
        Ok(self.found(&json!({})))
    }

    fn expire_by_plaintext(&mut self) -> Result<Reply, Reply> {
        let body = self.read(BY_PLAINTEXT)?;
        let now = self.now();
        let named = body.text("key");
        let Some(key) = self.world.keys.iter_mut().find(|key| key.secret == named) else {
            return Err(Reply::grpc(500, 2, "AuthKey not found"));
        };
        if key.user != body.id("user") {
            return Err(Reply::grpc(500, 2, "preauth key does not belong to user"));
        }
        key.expiration = Some(now);
        Ok(self.found(&json!({})))
    }

    pub(super) fn delete_key(&mut self) -> Result<Reply, Reply> {
        let id = self
            .asked
            .parameter("id")
            .and_then(|id| id.parse::<u64>().ok());
        let before = self.world.keys.len();
        self.world.keys.retain(|key| Some(key.id) != id);
        if self.world.keys.len() == before && !self.world.release.is_grpc() {
            let words = "auth-key not found: record not found";
            return Err(Reply::problem(404, "deleting pre-auth key", &[words]));
        }
        Ok(self.found(&json!({})))
    }
}
