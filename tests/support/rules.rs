//! The operator's decisions as the tests assume them; a test changes the one that it is about.

use std::time::Duration;

use crate::domain::{
    ChannelId, DiscordRules, GuildId, HeadscaleRules, KeyRules, OnMemberLeft, OnRevoke,
    RequestRules, RetryRules, RoleId, Rules, UserMapping,
};

pub(crate) fn rules() -> Rules {
    Rules {
        discord: DiscordRules {
            guild: GuildId(1),
            admin_channel: ChannelId(5),
            approver_roles: vec![RoleId(2)],
            requester_roles: Vec::new(),
            mention_role: Some(RoleId(77)),
        },
        headscale: HeadscaleRules {
            login_server: "https://headscale.example.org".parse().unwrap(),
            user: UserMapping::default(),
            create_users: true,
            adopt_existing_users: false,
            rename_node: true,
            on_revoke: OnRevoke::Expire,
            watch_interval: Duration::from_secs(15),
        },
        keys: KeyRules {
            expiration: Duration::from_hours(1),
            ephemeral: false,
            tags: Vec::new(),
        },
        requests: RequestRules {
            ttl: Duration::from_hours(7 * 24),
            claim_window: Duration::from_hours(72),
            max_open_per_member: 3,
            max_per_day: 5,
            allow_self_approval: false,
            links: true,
            cooldown_after_denial: Duration::from_hours(1),
            on_member_left: OnMemberLeft::Ask,
            max_left_per_day: 5,
            member_check_interval: Duration::from_hours(1),
        },
        retries: RetryRules {
            first: Duration::from_secs(5),
            longest: Duration::from_mins(10),
            attempts: 8,
            parallel: 4,
        },
    }
}
