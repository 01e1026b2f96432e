//! Which Headscale user a member was given, so a later change of name on Discord changes nothing. A user that all members
//! share is not kept here.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    sea_query::OnConflict,
};

use super::entity::headscale_user::{ActiveModel, Column, Entity};
use super::{Error, Store, row};
use crate::domain::{HeadscaleUserId, MemberId};

/// A member's own Headscale user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeadscaleUser {
    pub(crate) id: HeadscaleUserId,
    pub(crate) name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remembered {
    Done,
    /// The Headscale user belongs to another member; nothing was written.
    Taken {
        by: MemberId,
    },
}

impl Store {
    pub(crate) async fn headscale_user(
        &self,
        member: MemberId,
    ) -> Result<Option<HeadscaleUser>, Error> {
        of(&self.db, member).await
    }

    /// A member has one Headscale user: the last one remembered.
    pub(crate) async fn remember_user(
        &self,
        member: MemberId,
        user: HeadscaleUserId,
        name: &str,
    ) -> Result<Remembered, Error> {
        let name = name.to_owned();
        self.write(move |tx| Box::pin(remember(tx, member, user, name)))
            .await
    }
}

async fn remember(
    tx: &DatabaseTransaction,
    member: MemberId,
    user: HeadscaleUserId,
    name: String,
) -> Result<Remembered, Error> {
    let others = Entity::find()
        .filter(Column::UserId.eq(user.0))
        .filter(Column::MemberId.ne(member.0));
    if let Some(other) = row::by_key(others, tx).await? {
        return Ok(Remembered::Taken {
            by: MemberId(other.member_id),
        });
    }
    let latest = OnConflict::column(Column::MemberId)
        .update_columns([Column::UserId, Column::UserName])
        .to_owned();
    Entity::insert(ActiveModel {
        member_id: Set(member.0),
        user_id: Set(user.0),
        user_name: Set(name),
    })
    .on_conflict(latest)
    .exec_without_returning(tx)
    .await?;
    Ok(Remembered::Done)
}

pub(super) async fn of(
    db: &impl ConnectionTrait,
    member: MemberId,
) -> Result<Option<HeadscaleUser>, Error> {
    let found = row::by_key(Entity::find_by_id(member.0), db).await?;
    Ok(found.map(|row| HeadscaleUser {
        id: HeadscaleUserId(row.user_id),
        name: row.user_name,
    }))
}
