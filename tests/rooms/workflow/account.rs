//! Which user that is there already may be taken for a member's own.

use super::*;
use crate::domain::HeadscaleUserId;
use crate::support::rules::rules;

#[test]
fn a_user_is_adopted_by_its_id_by_the_operators_word_or_by_its_display_name() {
    let adopted = |template: &str, adopt, display_name: &str| {
        let rules = HeadscaleRules {
            user: UserMapping::PerMember(template.parse().expect("a template")),
            adopt_existing_users: adopt,
            ..rules().headscale
        };
        let user = User {
            id: HeadscaleUserId(3),
            name: "anna".to_owned(),
            display_name: display_name.to_owned(),
        };
        may_adopt(&rules, &user, "anna (Discord 1)")
    };
    assert!(!adopted("{username}", false, "Anna"));
    assert!(adopted("u-{id}", false, "Anna"));
    assert!(adopted("{username}", true, "Anna"));
    assert!(
        adopted("{username}", false, "anna (Discord 1)"),
        "before a crash"
    );
}
