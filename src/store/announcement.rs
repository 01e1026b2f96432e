//! What the approvers have been told once. A subject names a fact, never a person or a secret.

use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};

use super::entity::announcement;
use super::{Error, Store, row};

impl Store {
    pub(crate) async fn is_announced(&self, subject: &str) -> Result<bool, Error> {
        let found = announcement::Entity::find_by_id(subject);
        Ok(row::by_key(found, &self.db).await?.is_some())
    }

    /// Repeatable; the first moment stays.
    pub(crate) async fn announced(&self, subject: &str, at: Timestamp) -> Result<(), Error> {
        let once = announcement::Entity::insert(announcement::ActiveModel {
            subject: Set(subject.to_owned()),
            at: Set(at.as_millisecond()),
        })
        .on_conflict(OnConflict::new().do_nothing().to_owned());
        self.write(|tx| {
            Box::pin(async {
                once.exec_without_returning(tx).await?;
                Ok(())
            })
        })
        .await
    }
}
