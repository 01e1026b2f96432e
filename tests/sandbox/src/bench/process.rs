//! A process as the kernel sees it: `/proc`.

use std::collections::HashMap;
use std::fs;
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
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).context("the bot is gone")?;
    let (_, fields) = stat
        .rsplit_once(')')
        .context("a stat of a shape of its own")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u32 = ticks
        .map(|ticks| ticks.parse::<u32>().unwrap_or_default())
        .sum();
    Ok(TICK * ticks)
}

/// The involuntary context switches of each thread: it could have gone on, but another had its turn.
#[derive(Clone, Debug)]
pub(super) struct Switches(HashMap<String, u64>);

impl Switches {
    pub(super) fn now(process: u32) -> anyhow::Result<Self> {
        let tasks = fs::read_dir(format!("/proc/{process}/task")).context("the bot is gone")?;
        let of_one = |task: fs::DirEntry| {
            let status = fs::read_to_string(task.path().join("status")).ok()?;
            let count = field(&status, "nonvoluntary_ctxt_switches")?;
            Some((task.file_name().to_string_lossy().into_owned(), count))
        };
        Ok(Self(tasks.flatten().filter_map(of_one).collect()))
    }

    /// Those of a thread that began and ended in between are missing.
    pub(super) fn since(&self, before: &Self) -> u64 {
        let earlier = |thread| before.0.get(thread).copied().unwrap_or_default();
        let each = self.0.iter();
        each.map(|(thread, count)| count.saturating_sub(earlier(thread)))
            .sum()
    }
}

/// Resident memory in kilobytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    pub(super) now: u64,
    pub(super) peak: u64,
}

impl Memory {
    pub(super) fn of(process: u32) -> anyhow::Result<Self> {
        let status = fs::read_to_string(format!("/proc/{process}/status"));
        let status = status.context("the bot is gone")?;
        Ok(Self {
            now: field(&status, "VmRSS").context("no VmRSS")?,
            peak: field(&status, "VmHWM").context("no VmHWM")?,
        })
    }
}

/// The number behind a name in a `status` file.
fn field(status: &str, name: &str) -> Option<u64> {
    let mut lines = status.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(found, _)| *found == name)?;
    value.split_whitespace().next()?.parse().ok()
}

/// The machine's load in the last minute.
pub(super) fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_by_the_whole_name_of_a_field() {
        let status = "Name:\tusher\nVmRSS:\t   30720 kB\nvoluntary_ctxt_switches:\t7\nnonvoluntary_ctxt_switches:\t2\n";
        assert_eq!(field(status, "VmRSS"), Some(30720));
        assert_eq!(field(status, "nonvoluntary_ctxt_switches"), Some(2));
        assert_eq!(field(status, "VmHWM"), None);
    }

    #[test]
    fn switches_are_counted_thread_by_thread() {
        let switches = |threads: &[(&str, u64)]| {
            let each = threads.iter();
            Switches(each.map(|(thread, n)| ((*thread).to_owned(), *n)).collect())
        };
        let before = switches(&[("1", 10), ("2", 500)]);
        let after = switches(&[("1", 13), ("3", 4)]);
        assert_eq!(after.since(&before), 7);
    }
}
