//! The price of a phase: what the bot used up, called and wrote.

use std::path::Path;
use std::time::Duration;

use super::commits;
use super::process::{Cpu, Memory, Switches};
use stand_ins::discord::Discord;
use stand_ins::headscale::Headscale;

/// The counters at one moment.
pub(super) struct Counters {
    cpu: Cpu,
    switches: Switches,
    commits: Option<u32>,
    discord: usize,
    counted: usize,
    headscale: usize,
}

impl Counters {
    pub(super) fn now(
        bot: u32,
        database: &Path,
        discord: &Discord,
        headscale: &Headscale,
    ) -> anyhow::Result<Self> {
        let (all, counted) = discord.calls_so_far();
        Ok(Self {
            cpu: Cpu::now(bot)?,
            switches: Switches::now(bot)?,
            commits: commits::so_far(database),
            discord: all,
            counted,
            headscale: headscale.calls_so_far(),
        })
    }

    /// For each of so many requests, and the memory at the end of it.
    #[expect(clippy::cast_precision_loss, reason = "for people's eyes")]
    pub(super) fn since(&self, before: &Self, requests: usize, memory: Memory) -> Spent {
        let requests = requests.max(1);
        let each = |count: usize| count as f64 / requests as f64;
        let cpu = self.cpu.since(&before.cpu);
        let share = |time: Duration| time.div_f64(requests as f64);
        let commits = self.commits.zip(before.commits);
        let commits = commits.map(|(now, before)| f64::from(now.wrapping_sub(before)));
        Spent {
            bot: share(cpu.bot),
            stand_ins: share(cpu.stand_ins),
            switches: self.switches.since(&before.switches) as f64 / requests as f64,
            commits: commits.map(|commits| commits / requests as f64),
            discord: each(self.discord - before.discord),
            counted: each(self.counted - before.counted),
            headscale: each(self.headscale - before.headscale),
            memory,
        }
    }
}

/// For each finished request.
pub(super) struct Spent {
    pub(super) bot: Duration,
    pub(super) stand_ins: Duration,
    pub(super) switches: f64,
    pub(super) commits: Option<f64>,
    pub(super) discord: f64,
    /// Those that Discord's limit of 50 a second is about.
    pub(super) counted: f64,
    pub(super) headscale: f64,
    pub(super) memory: Memory,
}
