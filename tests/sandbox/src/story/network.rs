//! The network of the story: the stand-in, or the real program that whoever tells it has named.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use tokio::process::Command;

use stage::{Settings, Stage};
use stand_ins::headscale::RealHeadscale;

pub(super) enum Network {
    StandIn,
    Real {
        headscale: RealHeadscale,
        /// The program that registers a device: `<program> <url> <key> <hostname>`.
        device: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Joined,
    NoDevice,
}

impl Network {
    /// The first program that `HEADSCALE_BIN` names, and the device of `HEADSCALE_JOIN`.
    pub(super) fn from_environment() -> anyhow::Result<Self> {
        let named = std::env::var("HEADSCALE_BIN").unwrap_or_default();
        let mut named = named.split([',', ':']).map(str::trim);
        let Some(program) = named.find(|name| !name.is_empty()) else {
            return Ok(Self::StandIn);
        };
        let headscale = RealHeadscale::start(Path::new(program)).context("HEADSCALE_BIN")?;
        let device = std::env::var_os("HEADSCALE_JOIN").map(PathBuf::from);
        Ok(Self::Real { headscale, device })
    }

    pub(super) fn lead(&self, settings: &mut Settings) {
        if let Self::Real { headscale, .. } = self {
            settings.lead_to(headscale);
        }
    }

    /// A device registers with the key.
    pub(super) async fn join(
        &self,
        stage: &Stage,
        key: &str,
        hostname: &str,
    ) -> anyhow::Result<Outcome> {
        match self {
            Self::StandIn => {
                let node = stage.headscale.join(key, hostname);
                let node = node.map_err(|error| anyhow::anyhow!("{error}"))?;
                stage.headscale.set_online(node.id, true);
            }
            Self::Real { device: None, .. } => return Ok(Outcome::NoDevice),
            Self::Real {
                headscale,
                device: Some(device),
            } => {
                let mut command = Command::new(device);
                let status = command
                    .args([headscale.url(), key, hostname])
                    .status()
                    .await;
                let status = status.context("HEADSCALE_JOIN does not start")?;
                ensure!(status.success(), "HEADSCALE_JOIN ended with {status}");
            }
        }
        Ok(Outcome::Joined)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StandIn => f.write_str("no Headscale"),
            Self::Real { headscale, .. } => write!(f, "a real Headscale at {}", headscale.url()),
        }
    }
}
