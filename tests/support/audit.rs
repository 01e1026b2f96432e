//! The audit log, read from the file beside whoever uses it.

use std::path::Path;

use headscale_usher::domain::RequestId;
use headscale_usher::store::entity::request_event::{Column, Entity, Model};
use sea_orm::{ColumnTrait as _, Database, EntityTrait as _, QueryFilter as _, QueryOrder as _};

/// Everything that was recorded about a request, oldest first.
pub(crate) async fn history(file: &Path, id: RequestId) -> Vec<Model> {
    let url = format!("sqlite://{}?mode=ro", file.display());
    let db = Database::connect(url).await.expect("the file opens");
    let lines = Entity::find()
        .filter(Column::RequestId.eq(id.0))
        .order_by_asc(Column::Id)
        .all(&db)
        .await;
    db.close().await.expect("the file closes");
    lines.expect("the audit log can be read")
}
