//! Maps requests to verbs.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::{delete, get, post};

use super::floor::{Floor, On};
use super::{discord, faults, headscale, people, story, trouble};

pub(super) fn router(floor: Arc<Floor>) -> Router {
    Router::new()
        .route("/", get(help))
        .route("/bot", get(discord::bot))
        .route("/story", get(story::told))
        .route("/complaints", get(story::complaints))
        .route("/cards", get(people::cards))
        .route("/messages/{id}", get(people::message))
        .route("/messages/{id}/qr.png", get(people::picture))
        .nest("/people", of_people())
        .nest("/discord", of_discord())
        .nest("/headscale", of_headscale())
        .route(
            "/faults",
            get(faults::list).post(faults::set).delete(faults::clear),
        )
        .route("/faults/routes", get(faults::routes))
        .route("/faults/{number}/release", post(faults::release))
        .fallback(trouble::no_such_verb)
        .method_not_allowed_fallback(trouble::wrong_method)
        .with_state(floor)
}

fn of_people() -> Router<Arc<Floor>> {
    Router::new()
        .route("/", get(people::list))
        .route("/{name}", post(people::make))
        .route("/{name}/request-device", post(people::request_device))
        .route("/{name}/slash", post(people::slash))
        .route("/{name}/press", post(people::press))
        .route("/{name}/submit", post(people::submit))
        .route("/{name}/letters", get(people::letters))
        .route("/{name}/answers", get(people::answers))
        .route("/{name}/close-dms", post(people::close_dms))
        .route("/{name}/open-dms", post(people::open_dms))
        .route("/{name}/scan", post(people::scan))
}

fn of_discord() -> Router<Arc<Floor>> {
    Router::new()
        .route("/deny-bot", post(discord::deny_bot))
        .route("/allow-bot", post(discord::allow_bot))
        .route("/reset-token", post(discord::reset_token))
        .route("/restore-token", post(discord::restore_token))
        .route("/delete-message", post(discord::delete_message))
        .route("/redeliver", post(discord::redeliver))
        .route("/advance", post(discord::advance))
        .route("/cut", post(discord::cut))
        .route("/reconnect", post(discord::reconnect))
        .route("/invalidate", post(discord::invalidate))
        .route("/close", post(discord::close))
}

fn of_headscale() -> Router<Arc<Floor>> {
    Router::new()
        .route("/users", get(headscale::users).post(headscale::add_user))
        .route("/keys", get(headscale::keys))
        .route("/nodes", get(headscale::nodes))
        .route("/nodes/{id}", delete(headscale::remove))
        .route("/nodes/{id}/online", post(headscale::set_online))
        .route("/down", post(headscale::down))
        .route("/up", post(headscale::up))
        .route("/revoke-api-key", post(headscale::revoke_api_key))
        .route("/new-api-key", post(headscale::new_api_key))
        .route("/advance", post(headscale::advance))
        .route("/upgrade", post(headscale::upgrade))
        .route("/join", post(headscale::join))
}

async fn help(State(floor): On) -> String {
    format!(
        "{VERBS}\nThe bot's settings: {}\n",
        floor.settings.display()
    )
}

const VERBS: &str = "\
The stand-ins' control API. Bodies are JSON; `curl -d` will do. More in tests/sandbox/README.md.

GET    /bot[?wait=true]                  whether the bot is connected
GET    /cards[?says=WORDS]               the approvers' channel; with says, waits for such a message
GET    /story                            everything so far, as text
GET    /complaints                       what no careful bot would have done
GET    /messages/ID                      one message;  /messages/ID/qr.png is its picture

GET    /people
POST   /people/NAME                      {as: member | approver | stranger, language}
POST   /people/NAME/request-device       {device, platform, reason}
POST   /people/NAME/slash                {command, options}
POST   /people/NAME/press                {label, message}    message: an id; else the newest with such a button
POST   /people/NAME/submit               {values: {NAME: TEXT}}    the form that the last click opened
GET    /people/NAME/letters[?says=WORDS] direct messages
GET    /people/NAME/answers[?says=WORDS] messages that only this person sees
POST   /people/NAME/close-dms            {code}
POST   /people/NAME/open-dms
POST   /people/NAME/scan                 {hostname, message, online}    the device joins with the key in the letter

POST   /discord/deny-bot, allow-bot      {permission, channel}
POST   /discord/reset-token, restore-token
POST   /discord/delete-message           {message}
POST   /discord/redeliver                {interaction}
POST   /discord/advance                  {by: \"16m\"}    its clock
POST   /discord/cut, reconnect, invalidate {resumable}, close {code}    the gateway

GET    /headscale/users, keys, nodes
POST   /headscale/users                  {name}
POST   /headscale/join                   {key, hostname}
POST   /headscale/nodes/ID/online        {online}
DELETE /headscale/nodes/ID
POST   /headscale/down, up, revoke-api-key, new-api-key
POST   /headscale/advance                {by: \"2h\"}    its clock
POST   /headscale/upgrade                {release: \"0.30\"}

GET    /faults;  /faults/routes lists Discord's routes
POST   /faults                           {on: discord | headscale, route, what, times, after, channel, in_dms,
                                          status, code, message, seconds}
POST   /faults/NUMBER/release            lets held calls go on
DELETE /faults
";
