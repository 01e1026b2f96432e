//! A process as the kernel sees it: `/proc`.

use std::time::Duration;

use anyhow::Context as _;

/// Linux counts processor time in hundredths of a second (`USER_HZ`), on every architecture in use.
const TICK: Duration = Duration::from_millis(10);

/// Processor time spent: by the bot, and by this process with the stand-ins in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cpu {
    pub(super) bot: Duration,
    pub(super) stand_ins: Duration,
}

impl Cpu {
    pub(super) fn now(bot: u32) -> anyhow::Result<Self> {
        Ok(Self {
            bot: spent(&bot.to_string())?,
            stand_ins: spent("self")?,
        })
    }

    pub(super) fn since(&self, before: &Self) -> Self {
        Self {
            bot: self.bot.saturating_sub(before.bot),
            stand_ins: self.stand_ins.saturating_sub(before.stand_ins),
        }
    }
}

/// User and system time: the 14th and 15th field of `stat`, counted from behind the name, which may hold anything.
fn spent(process: &str) -> anyhow::Result<Duration> {
    let stat =
        std::fs::read_to_string(format!("/proc/{process}/stat")).context("the bot is gone")?;
    let (_, fields) = stat
        .rsplit_once(')')
        .context("a stat of a shape of its own")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u32 = ticks
        .map(|ticks| ticks.parse::<u32>().unwrap_or_default())
        .sum();
    Ok(TICK * ticks)
}

/// The most memory that was ever resident, in kilobytes.
pub(super) fn peak_memory(process: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"));
    let status = status.context("the bot is gone")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|rest| rest.split_whitespace().next());
    peak.and_then(|peak| peak.parse().ok()).context("no VmHWM")
}

/// The machine's load in the last minute.
pub(super) fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}
