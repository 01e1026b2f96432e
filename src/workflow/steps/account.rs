//! Which Headscale user a request's key is made for: one shared user, or one per member. A member's user is remembered
//! by Discord id, so a later change of name changes nothing. Before it gets a key or a device it is looked up by its
//! number: an operator may have renamed or removed it, and somebody else may have its name by now.

use std::sync::Arc;

use crate::domain::{HeadscaleRules, Person, Problem, Rules, UserMapping, UserName};
use crate::headscale::{NewUser, User};
use crate::store::{HeadscaleUser, Remembered};

use crate::workflow::calls::Calls;
use crate::workflow::ledger::Ledger;
use crate::workflow::step_error::StepError;

/// Members' Headscale users, created when they are first needed.
#[derive(Clone)]
pub(super) struct Accounts {
    pub(super) ledger: Ledger,
    pub(super) calls: Calls,
    pub(super) rules: Arc<Rules>,
}

impl Accounts {
    pub(super) async fn of(&self, requester: &Person) -> Result<HeadscaleUser, StepError> {
        match &self.rules.headscale.user {
            UserMapping::Shared(name) => {
                let (user, _) = self.find_or_create(name, String::new()).await?;
                Ok(number_and_name(user))
            }
            UserMapping::PerMember(_) => self.own(requester).await,
        }
    }

    async fn own(&self, requester: &Person) -> Result<HeadscaleUser, StepError> {
        let store = &self.ledger.store;
        let known = store.headscale_user(requester.id).await?;
        if let Some(known) = &known
            && let Some(today) = self.calls.user(known.id).await?
        {
            let today = number_and_name(today);
            return self.remembered(requester, Some(known), today).await;
        }
        let name = self.rules.headscale.user.user_of(requester);
        let display_name = format!("{} (Discord {})", requester.name, requester.id);
        let (user, is_new) = self.find_or_create(&name, display_name.clone()).await?;
        if !is_new && !may_adopt(&self.rules.headscale, &user, &display_name) {
            let problem = Problem::UserNotTheirs(name.to_string());
            return Err(StepError::Permanent(problem));
        }
        let user = number_and_name(user);
        self.remembered(requester, known.as_ref(), user).await
    }

    /// Keeps what is new about a member's user. The operator reads in the log and in the audit that it was another.
    async fn remembered(
        &self,
        member: &Person,
        known: Option<&HeadscaleUser>,
        user: HeadscaleUser,
    ) -> Result<HeadscaleUser, StepError> {
        if known == Some(&user) {
            return Ok(user);
        }
        let store = &self.ledger.store;
        match store.remember_user(member.id, user.id, &user.name).await? {
            Remembered::Done => {}
            Remembered::Taken { .. } => {
                return Err(StepError::Permanent(Problem::UserTaken(user.name)));
            }
        }
        if let Some(known) = known {
            let change = format!(
                "{} ({}) → {} ({})",
                known.name, known.id, user.name, user.id
            );
            self.ledger.other_user(member, change).await?;
        }
        Ok(user)
    }

    /// True with a user that did not exist before.
    async fn find_or_create(
        &self,
        name: &UserName,
        display_name: String,
    ) -> Result<(User, bool), StepError> {
        if let Some(user) = self.calls.find_user(name).await? {
            return Ok((user, false));
        }
        if !self.rules.headscale.create_users {
            let problem = Problem::UserMissing(name.to_string());
            return Err(StepError::Permanent(problem));
        }
        let name = name.clone();
        let new = NewUser { name, display_name };
        Ok((self.calls.create_user(&new).await?, true))
    }
}

/// A user is the member's own if nobody else can come to its name, or if the bot wrote the member's id into its display
/// name before it crashed.
fn may_adopt(rules: &HeadscaleRules, user: &User, display_name: &str) -> bool {
    rules.user.tells_members_apart()
        || rules.adopt_existing_users
        || user.display_name == display_name
}

fn number_and_name(user: User) -> HeadscaleUser {
    HeadscaleUser {
        id: user.id,
        name: user.name,
    }
}

#[cfg(test)]
#[path = "../../../tests/rooms/workflow/account.rs"]
mod tests;
