//! The checks of Discord's client before a command leaves it, and what goes with the people whom it names.

use serde_json::{Map, Value, json};

use crate::discord::model::{Channel, Id, User, World, permissions};

/// Turns what a person typed into the options of the payload, or says what the
/// client would complain about.
pub(super) fn fill(command: &Value, typed: &Value) -> Result<Value, String> {
    let empty = Map::new();
    let typed = typed.as_object().unwrap_or(&empty);
    let known: Vec<&Value> = command["options"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    if let Some(stray) = typed
        .keys()
        .find(|key| !known.iter().any(|o| o["name"] == key.as_str()))
    {
        return Err(format!("the command has no option `{stray}`"));
    }
    let mut filled = Vec::new();
    for option in known {
        let name = option["name"].as_str().unwrap_or_default();
        match typed.get(name).filter(|value| !value.is_null()) {
            Some(value) => {
                check(option, name, value)?;
                filled.push(json!({"name": name, "type": option["type"], "value": value}));
            }
            None if option["required"] == true => {
                return Err(format!("option `{name}` is required"));
            }
            None => {}
        }
    }
    Ok(Value::Array(filled))
}

fn check(option: &Value, name: &str, value: &Value) -> Result<(), String> {
    let fits = match option["type"].as_u64() {
        Some(4) => value.is_i64(),
        Some(5) => value.is_boolean(),
        // A person, by their id.
        Some(6) => value.as_str().is_some_and(|id| id.parse::<u64>().is_ok()),
        Some(10) => value.is_number(),
        Some(_) | None => value.is_string(),
    };
    if !fits {
        return Err(format!("option `{name}` takes another type than {value}"));
    }
    let choices = option["choices"]
        .as_array()
        .filter(|choices| !choices.is_empty());
    if let Some(choices) = choices
        && !choices.iter().any(|choice| choice["value"] == *value)
    {
        return Err(format!("option `{name}` offers no choice {value}"));
    }
    let length = value.as_str().map_or(0, |text| text.chars().count() as u64);
    if option["min_length"]
        .as_u64()
        .is_some_and(|min| length < min)
        || option["max_length"]
            .as_u64()
            .is_some_and(|max| length > max)
        || (value.is_string() && length > 6000)
    {
        return Err(format!(
            "option `{name}` has {length} characters, which does not fit"
        ));
    }
    Ok(())
}

/// The people in the options, as the payload describes them; those who are not in the guild have no membership.
pub(super) fn resolve(world: &World, here: Id, options: &Value) -> Result<Option<Value>, String> {
    let channel = world.channels.get(&here).ok_or("no such channel")?;
    let (mut users, mut members) = (Map::new(), Map::new());
    let people = options.as_array().into_iter().flatten();
    for option in people.filter(|option| option["type"] == 6) {
        let id = option["value"].as_str().unwrap_or_default();
        let user = id.parse().ok().and_then(|id| world.users.get(&id));
        let user = user.ok_or_else(|| format!("nobody has the id {id}"))?;
        users.insert(id.to_owned(), user.to_json());
        members.extend(partial(world, channel, user).map(|member| (id.to_owned(), member)));
    }
    if users.is_empty() {
        return Ok(None);
    }
    let mut resolved = json!({"users": users});
    if !members.is_empty() {
        resolved["members"] = members.into();
    }
    Ok(Some(resolved))
}

/// Without the user, who is described already, and without the state of their voice.
fn partial(world: &World, channel: &Channel, user: &User) -> Option<Value> {
    let guild = world.guilds.get(&channel.guild()?)?;
    let mut member = guild.members.get(&user.id)?.to_json(world);
    let fields = member.as_object_mut()?;
    fields.retain(|name, _| !["user", "deaf", "mute"].contains(&name.as_str()));
    let held = permissions::in_channel(guild, channel, user.id);
    fields.insert("permissions".into(), held.to_string().into());
    Some(member)
}
