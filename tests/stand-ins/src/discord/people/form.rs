//! The checks of Discord's client before a command leaves it.

use serde_json::{Map, Value, json};

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
