//! Headscale's HTTP API over the model, in the dialect of a release.

mod body;
mod keys;
mod nodes;
mod pages;
mod reply;
mod shapes;
mod users;

pub(super) use reply::Reply;

use jiff::Timestamp;

use super::model::World;

/// A request, taken apart.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) method: String,
    /// As it came.
    pub(super) raw_path: String,
    /// Decoded segments.
    pub(super) path: Vec<String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) content_type: String,
    pub(super) authorization: Option<String>,
    pub(super) body: String,
}

/// An answer, and what a careful client would not have asked.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) reply: Reply,
    pub(super) authorised: bool,
    pub(super) complaints: Vec<String>,
}

/// One request on its way through the API.
pub(super) struct Visit<'a> {
    pub(super) world: &'a mut World,
    pub(super) asked: &'a Asked,
    pub(super) complaints: Vec<String>,
}

impl Asked {
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

enum Entry {
    Welcome,
    /// No key at all, or one in another form than `Bearer …`.
    NoKey,
    WrongKey,
    Expired,
}

pub(super) fn answer(world: &mut World, asked: &Asked) -> Answered {
    let entry = entry(world, asked);
    let mut visit = Visit {
        world,
        asked,
        complaints: Vec::new(),
    };
    let reply = visit.answer(&entry);
    Answered {
        reply,
        authorised: matches!(entry, Entry::Welcome),
        complaints: visit.complaints,
    }
}

fn entry(world: &World, asked: &Asked) -> Entry {
    let Some(key) = asked
        .authorization
        .as_deref()
        .and_then(|text| text.strip_prefix("Bearer "))
    else {
        return Entry::NoKey;
    };
    match world.api_keys.iter().find(|known| known.text == key) {
        None => Entry::WrongKey,
        Some(known) if known.expiration <= world.now() => Entry::Expired,
        Some(_) => Entry::Welcome,
    }
}

impl Visit<'_> {
    fn answer(&mut self, entry: &Entry) -> Reply {
        if let Some(page) = self.open_page() {
            if self.asked.authorization.is_some() {
                self.complain("the API key was sent to a page that needs none");
            }
            return page;
        }
        let path: Vec<&str> = self.asked.path.iter().map(String::as_str).collect();
        let ["api", "v1", rest @ ..] = path.as_slice() else {
            return self.no_page(entry);
        };
        let grpc = self.world.release.is_grpc();
        if !grpc && self.methods(rest).is_empty() {
            return Reply::text(404, "404 page not found\n");
        }
        match entry {
            Entry::Welcome => self.call(rest),
            Entry::WrongKey if !self.world.release.knows_401() => Reply::text(500, "Unauthorized"),
            Entry::NoKey | Entry::WrongKey | Entry::Expired if grpc => {
                Reply::text(401, "Unauthorized")
            }
            Entry::NoKey | Entry::WrongKey | Entry::Expired => {
                Reply::problem(401, "Unauthorized", &[])
            }
        }
    }

    fn no_page(&self, entry: &Entry) -> Reply {
        use super::Release;
        let v2 = self.asked.path.first().is_some_and(|first| first == "api");
        match (self.world.release, entry) {
            (Release::V0_28, _) => Reply::html(200, pages::BLANK),
            (Release::V0_29, Entry::NoKey | Entry::WrongKey | Entry::Expired) if v2 => {
                Reply::text(401, "Unauthorized")
            }
            (Release::V0_26 | Release::V0_27, _) => Reply::empty(404),
            (Release::V0_29 | Release::V0_30, _) => Reply::text(404, "404 page not found\n"),
        }
    }

    /// The methods of a path below `/api/v1` in this release.
    fn methods(&self, path: &[&str]) -> &'static [&'static str] {
        let release = self.world.release;
        match path {
            ["health"] if release >= super::Release::V0_27 => &["GET"],
            ["auth", "register"] if release.has_auth_calls() => &["POST"],
            ["preauthkey"] if release.masks_keys() => &["GET", "POST", "DELETE"],
            ["preauthkey" | "user" | "apikey"] => &["GET", "POST"],
            ["node"] => &["GET"],
            ["node", id] if *id != "register" => &["GET", "DELETE"],
            ["preauthkey", "expire"]
            | ["node", "register"]
            | ["debug", "node"]
            | ["node", _, "expire" | "tags"]
            | ["node", _, "rename", _] => &["POST"],
            _ => &[],
        }
    }

    fn call(&mut self, path: &[&str]) -> Reply {
        let methods = self.methods(path);
        let method = self.asked.method.as_str();
        if methods.is_empty() {
            return Reply::grpc(404, 5, "Not Found");
        }
        if !methods.contains(&method) {
            return if self.world.release.is_grpc() {
                Reply::grpc(501, 12, "Method Not Allowed")
            } else {
                Reply::empty(405)
            };
        }
        let outcome = match (method, path) {
            (_, ["health"]) => Ok(self.healthy()),
            ("GET", ["apikey"]) => Ok(self.list_api_keys()),
            ("GET", ["user"]) => Ok(self.list_users()),
            ("POST", ["user"]) => self.create_user(),
            ("GET", ["preauthkey"]) => self.list_keys(),
            ("POST", ["preauthkey"]) => self.create_key(),
            ("DELETE", ["preauthkey"]) => self.delete_key(),
            (_, ["preauthkey", "expire"]) => self.expire_key(),
            (_, ["node"]) => self.list_nodes(),
            (_, ["node", "register"]) => self.register_by_query(),
            (_, ["auth", "register"]) => self.register_by_body(),
            (_, ["debug", "node"]) => self.debug_node(),
            ("GET", ["node", id]) => self.show_node(id),
            ("DELETE", ["node", id]) => self.delete_node(id),
            (_, ["node", id, "expire"]) => self.expire_node(id),
            (_, ["node", id, "tags"]) => self.tag_node(id),
            (_, ["node", id, "rename", name]) => self.rename_node(id, name),
            _ => {
                self.complain("this stand-in does not play this call");
                Ok(Reply::empty(501))
            }
        };
        outcome.unwrap_or_else(|refusal| refusal)
    }

    pub(super) fn complain(&mut self, what: &str) {
        self.complaints.push(format!(
            "{} /{}: {what}",
            self.asked.method,
            self.asked.path.join("/")
        ));
    }

    pub(super) fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// A refusal in both manners: status, code and words until 0.29; status, detail and words from 0.30 on.
    pub(super) fn refuse(&self, grpc: (u16, u8), problem: (u16, &str), words: &str) -> Reply {
        if self.world.release.is_grpc() {
            Reply::grpc(grpc.0, grpc.1, words)
        } else {
            Reply::problem(problem.0, problem.1, &[words])
        }
    }
}
