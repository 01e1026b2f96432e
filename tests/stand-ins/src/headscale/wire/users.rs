//! Users: listing and making them.

use serde_json::{Value, json};

use super::body::{Fields, Kind};
use super::{Reply, Visit, shapes};
use crate::headscale::Release;

const NEW_USER: Fields = &[
    ("name", Kind::Text),
    ("displayName", Kind::Text),
    ("email", Kind::Text),
    ("pictureUrl", Kind::Text),
];

impl Visit<'_> {
    pub(super) fn list_users(&self) -> Reply {
        let wanted = |name: &str, value: &str| {
            self.asked
                .parameter(name)
                .is_none_or(|wanted| wanted.is_empty() || wanted == value)
        };
        let users: Vec<Value> = (self.world.users.iter())
            .filter(|user| wanted("name", &user.name) && wanted("email", &user.email))
            .filter(|user| wanted("id", &user.id.to_string()))
            .map(shapes::user)
            .collect();
        self.found(&json!({ "users": users }))
    }

    pub(super) fn create_user(&mut self) -> Result<Reply, Reply> {
        let body = self.read(NEW_USER)?;
        let name = body.text("name");
        if self.world.release.checks_user_names()
            && let Some(words) = objection(name)
        {
            return Err(Reply::grpc(500, 2, words));
        }
        if name.is_empty() {
            self.complain("a user without a name");
        }
        if self.world.user_named(name).is_some() {
            return Err(self.duplicate());
        }
        let user = self
            .world
            .add_user(name, body.text("displayName"), body.text("email"));
        Ok(self.found(&json!({ "user": shapes::user(&user) })))
    }

    fn duplicate(&self) -> Reply {
        const UNIQUE: &str =
            "creating user: constraint failed: UNIQUE constraint failed: users.name (2067)";
        match self.world.release {
            Release::V0_26 => Reply::grpc(500, 2, UNIQUE),
            Release::V0_27 | Release::V0_28 => {
                Reply::grpc(500, 13, &format!("failed to create user: {UNIQUE}"))
            }
            Release::V0_29 => Reply::grpc(500, 13, &format!("creating user: {UNIQUE}")),
            Release::V0_30 => Reply::problem(409, "user already exists", &[]),
        }
    }
}

fn objection(name: &str) -> Option<&'static str> {
    if name.len() < 2 {
        Some("username must be at least 2 characters long")
    } else if name.starts_with(|c: char| c.is_ascii_digit()) {
        Some("username cannot start with a number")
    } else {
        None
    }
}
