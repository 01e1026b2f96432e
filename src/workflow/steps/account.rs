//! Which Headscale user a request's key is made for: one shared user, or one per member. A member's user is remembered
//! by Discord id, so a later change of name changes nothing.

use std::sync::Arc;

use crate::domain::{Person, Problem, Rules, UserMapping, UserName};
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
        if let Some(user) = store.headscale_user(requester.id).await? {
            return Ok(user);
        }
        let name = self.rules.headscale.user.user_of(requester);
        let display_name = format!("{} (Discord {})", requester.name, requester.id);
        let (user, is_new) = self.find_or_create(&name, display_name.clone()).await?;
        if !is_new && !self.may_adopt(&user, &display_name) {
            let problem = Problem::UserNotTheirs(name.to_string());
            return Err(StepError::Permanent(problem));
        }
        let user = number_and_name(user);
        let remembered = store.remember_user(requester.id, user.id, &user.name);
        match remembered.await? {
            Remembered::Done => Ok(user),
            Remembered::Taken { .. } => {
                let problem = Problem::UserTaken(name.to_string());
                Err(StepError::Permanent(problem))
            }
        }
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

    /// A user is the member's own if nobody else can come to its name, or if the bot wrote the member's id into its
    /// display name before it crashed.
    fn may_adopt(&self, user: &User, display_name: &str) -> bool {
        let rules = &self.rules.headscale;
        rules.user.tells_members_apart()
            || rules.adopt_existing_users
            || user.display_name == display_name
    }
}

fn number_and_name(user: User) -> HeadscaleUser {
    HeadscaleUser {
        id: user.id,
        name: user.name,
    }
}
