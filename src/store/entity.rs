//! The tables as sea-orm sees them. Columns named `facts`, `card`, `letter` and `notice` hold JSON documents, which SQL
//! never looks into; the other columns are what SQL finds and counts rows by.

pub mod device_request {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "device_request")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        #[sea_orm(unique)]
        pub interaction_id: i64,
        pub requester_id: i64,
        pub requester_name: String,
        /// The device's name, for as long as the member cannot ask for another device of that name.
        pub reserved_name: Option<String>,
        pub status: String,
        /// The requester, while they hold what has to go when they leave.
        pub held_by: Option<i64>,
        pub key_id: Option<i64>,
        #[sea_orm(unique)]
        pub key_expires_at: Option<i64>,
        pub node_id: Option<i64>,
        pub created_at: i64,
        pub updated_at: i64,
        pub version: i64,
        /// When the worker should look next.
        pub due_at: Option<i64>,
        #[sea_orm(column_type = "Text")]
        pub facts: String,
        #[sea_orm(column_type = "Text", nullable)]
        pub card: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub letter: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub notice: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod request_event {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "request_event")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub request_id: Option<i64>,
        /// The version that the event made; None where nothing was changed.
        pub version: Option<i64>,
        pub at: i64,
        pub actor_id: Option<i64>,
        pub actor_name: Option<String>,
        pub event: String,
        pub detail: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod headscale_user {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "headscale_user")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub member_id: i64,
        #[sea_orm(unique)]
        pub user_id: i64,
        pub user_name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod announcement {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "announcement")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub subject: String,
        pub at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod departure {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "departure")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub member_id: i64,
        /// The member, for as long as the departure is open.
        #[sea_orm(unique)]
        pub open_member_id: Option<i64>,
        pub status: String,
        /// Open, or with a card that is behind.
        pub unsettled: bool,
        pub missing_since: i64,
        pub version: i64,
        #[sea_orm(column_type = "Text")]
        pub facts: String,
        #[sea_orm(column_type = "Text", nullable)]
        pub card: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
