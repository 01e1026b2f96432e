//! The tables as sea-orm sees them: plain columns, no meaning. Only `row` and `state` know what they mean.

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
        pub member_since: Option<i64>,
        pub asked_in: i64,
        pub device_name: String,
        pub platform: String,
        pub reason: Option<String>,
        pub sign_in: Option<String>,
        pub past_requests: i64,
        pub past_denials: i64,
        pub past_devices: i64,
        pub created_at: i64,
        pub updated_at: i64,
        pub version: i64,
        pub status: String,
        pub approved_by_id: Option<i64>,
        pub approved_by_name: Option<String>,
        pub approved_at: Option<i64>,
        pub lapses_at: Option<i64>,
        pub key_expires_at: Option<i64>,
        pub key_id: Option<i64>,
        pub handover: Option<String>,
        pub claim_because: Option<String>,
        pub claim_until: Option<i64>,
        pub key_used: Option<bool>,
        pub revoking_by_id: Option<i64>,
        pub revoking_by_name: Option<String>,
        pub node_id: Option<i64>,
        pub node_name: Option<String>,
        pub node_addresses: Option<String>,
        pub node_other_owner: Option<String>,
        pub newest_node: Option<i64>,
        pub naming: Option<String>,
        pub naming_cause: Option<String>,
        pub cause: Option<String>,
        pub decided_by_id: Option<i64>,
        pub decided_by_name: Option<String>,
        pub denial_reason: Option<String>,
        pub attempts: i64,
        pub retry_at: Option<i64>,
        pub last_error: Option<String>,
        /// When the worker should look next; derived from all of the above and the projections.
        pub due_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::projection::Entity")]
        Projection,
    }

    impl Related<super::projection::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Projection.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod projection {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "projection")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub request_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: String,
        pub channel: Option<i64>,
        pub message: Option<i64>,
        pub shown: i64,
        pub generation: i64,
        pub closed: bool,
        pub attempts: i64,
        pub retry_at: Option<i64>,
        pub last_error: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::device_request::Entity",
            from = "Column::RequestId",
            to = "super::device_request::Column::Id"
        )]
        DeviceRequest,
    }

    impl Related<super::device_request::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::DeviceRequest.def()
        }
    }

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

pub mod account {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "account")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub member_id: i64,
        #[sea_orm(unique)]
        pub owner_id: i64,
        pub owner_name: String,
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
        pub member_name: String,
        pub first_missing_at: i64,
        pub state: String,
        pub devices: String,
        pub decided_by_id: Option<i64>,
        pub decided_by_name: Option<String>,
        pub updated_at: i64,
        pub version: i64,
        pub channel: Option<i64>,
        pub message: Option<i64>,
        pub shown: i64,
        pub generation: i64,
        pub closed: bool,
        pub attempts: i64,
        pub retry_at: Option<i64>,
        pub last_error: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
