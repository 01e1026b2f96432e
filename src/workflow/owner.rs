//! Which Headscale user a request's key is made for: one fixed user, or one per member, remembered by Discord id so
//! that a later change of name changes nothing.

use crate::domain::{Person, Problem, UserMapping, UserName};
use crate::headscale::{NewUser, User};
use crate::store::{Account, Remembered};

use super::{Trouble, Workflow};

impl Workflow {
    pub(super) async fn owner_of(&self, requester: &Person) -> Result<Account, Trouble> {
        match &self.parts.rules.headscale.user {
            UserMapping::Shared(name) => {
                let (user, _) = self.existing_or_new(name, requester).await?;
                Ok(account(&user))
            }
            UserMapping::PerMember(_) => self.own_account(requester).await,
        }
    }

    async fn own_account(&self, requester: &Person) -> Result<Account, Trouble> {
        if let Some(account) = self.parts.store.account(requester.id).await? {
            return Ok(account);
        }
        let name = self.parts.rules.headscale.user.user_of(requester);
        let (user, new) = self.existing_or_new(&name, requester).await?;
        if !new && !self.may_adopt(&user, requester) {
            let problem = Problem::UserNotTheirs(name.to_string());
            return Err(Trouble::Unmendable(problem));
        }
        let account = account(&user);
        match self
            .parts
            .store
            .remember_account(requester.id, account.owner, &account.name)
            .await?
        {
            Remembered::Done => Ok(account),
            Remembered::Taken { .. } => {
                let problem = Problem::UserTaken(name.to_string());
                Err(Trouble::Unmendable(problem))
            }
        }
    }

    /// The user, and whether it was made just now.
    async fn existing_or_new(
        &self,
        name: &UserName,
        requester: &Person,
    ) -> Result<(User, bool), Trouble> {
        if let Some(user) = self.ask(self.parts.headscale.find_user(name)).await? {
            return Ok((user, false));
        }
        if !self.parts.rules.headscale.create_users {
            let problem = Problem::UserMissing(name.to_string());
            return Err(Trouble::Unmendable(problem));
        }
        let new = NewUser {
            name: name.clone(),
            display_name: self.display_name(requester),
        };
        Ok((
            self.ask(self.parts.headscale.create_user(&new)).await?,
            true,
        ))
    }

    /// Ours, if nobody else can come to this name, or if we wrote the member's id on it before a crash.
    fn may_adopt(&self, user: &User, requester: &Person) -> bool {
        let rules = &self.parts.rules;
        rules.headscale.user.tells_members_apart()
            || rules.headscale.adopt_existing_users
            || user.display_name == self.display_name(requester)
    }

    fn display_name(&self, requester: &Person) -> String {
        match self.parts.rules.headscale.user {
            UserMapping::Shared(_) => String::new(),
            UserMapping::PerMember(_) => format!("{} (Discord {})", requester.name, requester.id),
        }
    }
}

fn account(user: &User) -> Account {
    Account {
        owner: user.id,
        name: user.name.clone(),
    }
}
