//! How the store's questions are answered among a million finished requests: by index, and never by reading a table.

use sea_orm::{ConnectionTrait as _, Database, DbBackend, Statement};

use super::scene::Scene;

const PLANS: [(&str, &str); 15] = [
    (
        "SELECT id, due_at, updated_at, status FROM device_request WHERE due_at IS NOT NULL ORDER BY due_at, id LIMIT 9",
        "SEARCH device_request USING INDEX device_request_due_at (due_at>?)",
    ),
    (
        "SELECT due_at FROM device_request WHERE due_at > ?1 ORDER BY due_at LIMIT 1",
        "SEARCH device_request USING COVERING INDEX device_request_due_at (due_at>?)",
    ),
    (
        "SELECT id FROM device_request WHERE status IN (?1, ?2) AND due_at <= ?3 ORDER BY due_at, id LIMIT 9",
        "SEARCH device_request USING COVERING INDEX device_request_status_due_at (status=? AND due_at<?)",
    ),
    (
        "SELECT id, card FROM device_request WHERE status = ?1 AND id > ?2 ORDER BY id LIMIT 500",
        "SEARCH device_request USING INDEX device_request_status_id (status=? AND id>?)",
    ),
    (
        "SELECT * FROM device_request WHERE id IN (?1, ?2)",
        "SEARCH device_request USING INTEGER PRIMARY KEY (rowid=?)",
    ),
    (
        "SELECT id FROM device_request WHERE requester_id = ?1 AND reserved_name = ?2",
        "SEARCH device_request USING COVERING INDEX device_request_reserved_name \
         (requester_id=? AND reserved_name=?)",
    ),
    (
        "SELECT status, COUNT(id), MAX(updated_at) FROM device_request WHERE requester_id = ?1 GROUP BY status",
        "SEARCH device_request USING INDEX device_request_reserved_name (requester_id=?)",
    ),
    (
        "SELECT * FROM device_request WHERE held_by = ?1 ORDER BY id",
        "SEARCH device_request USING INDEX device_request_held_by (held_by=?)",
    ),
    (
        "SELECT held_by FROM device_request WHERE held_by IS NOT NULL AND held_by > ?1 ORDER BY held_by LIMIT 1 OFFSET 3",
        "SEARCH device_request USING COVERING INDEX device_request_held_by (held_by>?)",
    ),
    (
        "SELECT node_id, id, held_by, updated_at FROM device_request WHERE node_id IS NOT NULL AND node_id >= ?1 \
         ORDER BY node_id, id LIMIT 500",
        "SEARCH device_request USING INDEX device_request_node_id (node_id>?)",
    ),
    (
        "SELECT COUNT(*) FROM device_request WHERE key_expires_at BETWEEN ?1 AND ?2",
        "SEARCH device_request USING COVERING INDEX device_request_key_expires_at \
         (key_expires_at>? AND key_expires_at<?)",
    ),
    (
        "SELECT COUNT(*) FROM device_request WHERE key_expires_at BETWEEN ?1 AND ?2 AND key_id = ?3",
        "SEARCH device_request USING INDEX device_request_key_expires_at (key_expires_at>? AND key_expires_at<?)",
    ),
    (
        "SELECT * FROM departure WHERE unsettled = ?1 ORDER BY id",
        "SEARCH departure USING INDEX departure_unsettled (unsettled=?)",
    ),
    (
        "SELECT id FROM departure WHERE (unsettled = ?1 OR missing_since >= ?2) AND status <> ?3 LIMIT 6",
        "MULTI-INDEX OR",
    ),
    (
        "SELECT * FROM departure WHERE member_id = ?1 ORDER BY id DESC LIMIT 1",
        "SEARCH departure USING INDEX departure_member_id (member_id=?)",
    ),
];

#[tokio::test]
async fn every_question_is_answered_by_an_index() {
    let scene = Scene::new().await;
    let url = format!("sqlite://{}", scene.path().display());
    let db = Database::connect(url).await.unwrap();
    for (question, expected) in PLANS {
        let explain = format!("EXPLAIN QUERY PLAN {question}");
        let explain = Statement::from_string(DbBackend::Sqlite, explain);
        let steps = db.query_all_raw(explain).await.unwrap();
        let plan: Vec<String> = steps
            .iter()
            .map(|step| step.try_get("", "detail").unwrap())
            .collect();
        assert_eq!(plan.first().map(String::as_str), Some(expected), "{plan:?}");
    }
}
