//! Paths that need no key, and the two lists that only look.

use serde_json::{Value, json};

use super::shapes;
use super::{Reply, Visit};
use crate::headscale::Release;

pub(super) const BLANK: &str = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"UTF-8\">\
    <link href=\"/favicon.ico\" rel=\"icon\"></head><body></body></html>";

impl Visit<'_> {
    pub(super) fn open_page(&self) -> Option<Reply> {
        let release = self.world.release;
        let path: Vec<&str> = self.asked.path.iter().map(String::as_str).collect();
        if self.asked.method != "GET" {
            return None;
        }
        match path.as_slice() {
            ["health"] => Some(Reply::of_type(
                200,
                "application/health+json; charset=utf-8",
                "{\"status\":\"pass\"}\n",
            )),
            ["version"] if release.has_version_page() => Some(self.version()),
            ["register", _] => Some(Reply::html(200, "<!DOCTYPE html><title>Headscale</title>")),
            ["api", "v1", "openapi.yaml"] if release == Release::V0_30 => Some(Reply::of_type(
                200,
                "application/openapi+yaml",
                "openapi: 3.1.0\n",
            )),
            _ => None,
        }
    }

    fn version(&self) -> Reply {
        let version = self.world.version.as_deref();
        let body = json!({
            "version": version.unwrap_or_else(|| self.world.release.version()),
            "commit": "unknown",
            "buildTime": "unknown",
            "go": { "version": "go1.26.5", "os": "linux", "arch": "amd64" },
            "dirty": false,
        });
        Reply::json(self.world.release, &body)
    }

    pub(super) fn healthy(&self) -> Reply {
        self.found(&json!({ "databaseConnectivity": true }))
    }

    pub(super) fn list_api_keys(&self) -> Reply {
        let keys: Vec<Value> = self.world.api_keys.iter().map(shapes::api_key).collect();
        self.found(&json!({ "apiKeys": keys }))
    }

    pub(super) fn found(&self, body: &Value) -> Reply {
        Reply::json(self.world.release, body)
    }
}
