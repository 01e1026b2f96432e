//! Who may ask, who may decide, and how often.

use jiff::Timestamp;

use super::{DeviceRequest, GuildId, Person, Refusal, RoleId, Rules};

/// Whoever used a command or a button, as Discord described them at that moment.
#[derive(Clone, Debug)]
pub struct Asker {
    pub person: Person,
    /// None in a direct message.
    pub guild: Option<GuildId>,
    pub roles: Vec<RoleId>,
}

/// What a member has asked for lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    pub open: u32,
    pub last_day: u32,
    pub last_denied_at: Option<Timestamp>,
}

impl Rules {
    /// # Errors
    /// [`Refusal::WrongGuild`], [`Refusal::MayNotAsk`].
    pub fn may_ask(&self, asker: &Asker) -> Result<(), Refusal> {
        self.in_guild(asker)?;
        let allowed = self.discord.requester_roles.is_empty()
            || has_any(asker, &self.discord.requester_roles);
        allowed.then_some(()).ok_or(Refusal::MayNotAsk)
    }

    /// Headscale has no way to make a device ephemeral that comes by a link.
    ///
    /// # Errors
    /// [`Refusal::NoLinks`].
    pub fn take_links(&self) -> Result<(), Refusal> {
        let ephemeral = self.keys.ephemeral;
        (self.requests.links && !ephemeral)
            .then_some(())
            .ok_or(Refusal::NoLinks { ephemeral })
    }

    /// # Errors
    /// The limit that a further request would break.
    pub fn within_limits(&self, record: Record, now: Timestamp) -> Result<(), Refusal> {
        if record.open >= self.requests.max_open_per_member {
            return Err(Refusal::TooManyOpen {
                open: record.open,
                limit: self.requests.max_open_per_member,
            });
        }
        if record.last_day >= self.requests.max_per_day {
            return Err(Refusal::TooManyToday {
                made: record.last_day,
                limit: self.requests.max_per_day,
            });
        }
        match self.cooled_down_at(record) {
            Some(until) if until > now => Err(Refusal::CoolingDown { until }),
            _ => Ok(()),
        }
    }

    fn cooled_down_at(&self, record: Record) -> Option<Timestamp> {
        record
            .last_denied_at?
            .checked_add(self.requests.cooldown_after_denial)
            .ok()
    }

    /// Checked before a request is even looked up, so that nothing is revealed.
    ///
    /// # Errors
    /// [`Refusal::WrongGuild`], [`Refusal::MayNotDecide`].
    pub fn is_approver(&self, asker: &Asker) -> Result<(), Refusal> {
        self.in_guild(asker)?;
        has_any(asker, &self.discord.approver_roles)
            .then_some(())
            .ok_or(Refusal::MayNotDecide)
    }

    /// Whether an approver may give this requester what they ask for.
    ///
    /// # Errors
    /// [`Refusal::SelfApproval`].
    pub fn may_grant(&self, asker: &Asker, request: &DeviceRequest) -> Result<(), Refusal> {
        let own = asker.person.id == request.requester.id;
        (!own || self.requests.allow_self_approval)
            .then_some(())
            .ok_or(Refusal::SelfApproval)
    }

    /// In the guild, or in a direct message, where letters are.
    ///
    /// # Errors
    /// [`Refusal::WrongGuild`].
    pub fn is_reached_from(&self, asker: &Asker) -> Result<(), Refusal> {
        match asker.guild {
            None => Ok(()),
            Some(_) => self.in_guild(asker),
        }
    }

    /// How many of these members may leave within a day before it looks like a mistake. A tenth, rounded up: in a small
    /// community too one member can leave, but two at once are asked about.
    pub fn may_leave_within_a_day(&self, holders: usize) -> u64 {
        let tenth = holders.div_ceil(10).max(1);
        self.requests.max_left_per_day.min(tenth as u64)
    }

    fn in_guild(&self, asker: &Asker) -> Result<(), Refusal> {
        (asker.guild == Some(self.discord.guild))
            .then_some(())
            .ok_or(Refusal::WrongGuild)
    }
}

fn has_any(asker: &Asker, roles: &[RoleId]) -> bool {
    asker.roles.iter().any(|role| roles.contains(role))
}
