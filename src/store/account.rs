//! Which Headscale user a member was given, so that a later rename on Discord changes nothing.
//! A fixed user that all members share is not remembered.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};

use super::entity::account;
use super::{Error, Store};
use crate::domain::{HeadscaleUserId, MemberId};

/// A member's own Headscale user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadscaleUser {
    pub id: HeadscaleUserId,
    pub name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remembered {
    Done,
    /// The Headscale user belongs to another member; nothing was written.
    Taken {
        by: MemberId,
    },
}

impl Store {
    pub async fn account(&self, member: MemberId) -> Result<Option<HeadscaleUser>, Error> {
        let found = account::Entity::find_by_id(member.0).one(&self.db).await?;
        Ok(found.map(|row| HeadscaleUser {
            id: HeadscaleUserId(row.owner_id),
            name: row.owner_name,
        }))
    }

    /// A member has one account: the last one remembered.
    pub async fn remember_account(
        &self,
        member: MemberId,
        owner: HeadscaleUserId,
        name: &str,
    ) -> Result<Remembered, Error> {
        let tx = self.begin().await?;
        let other = account::Entity::find()
            .filter(account::Column::OwnerId.eq(owner.0))
            .filter(account::Column::MemberId.ne(member.0))
            .one(&tx)
            .await?;
        if let Some(other) = other {
            tx.rollback().await?;
            return Ok(Remembered::Taken {
                by: MemberId(other.member_id),
            });
        }
        account::Entity::insert(account::ActiveModel {
            member_id: Set(member.0),
            owner_id: Set(owner.0),
            owner_name: Set(name.to_owned()),
        })
        .on_conflict(
            OnConflict::column(account::Column::MemberId)
                .update_columns([account::Column::OwnerId, account::Column::OwnerName])
                .to_owned(),
        )
        .exec_without_returning(&tx)
        .await?;
        tx.commit().await?;
        Ok(Remembered::Done)
    }
}
