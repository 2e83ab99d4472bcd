//! Settings of members by name, whatever settings there are.
//!
//! Names and values go through the serialised form of `foca_core::Settings`, so that a setting can be
//! set here from the moment it exists.

use foca_core::{Config, Settings};
use serde_json::{Map, Value, json};

use super::error::ScenarioError;
use super::schema::{Preset, Scenario, WireKind};
use super::span::Span;

/// The configuration of the members of a scenario.
///
/// # Errors
///
/// If a setting does not exist, cannot have its value, or the settings do not go together.
pub fn config_of(scenario: &Scenario) -> Result<Config, ScenarioError> {
    let preset = match scenario.preset {
        Preset::Lan => Config::lan(),
        Preset::Wan => Config::wan(),
        Preset::Local => Config::local(),
        Preset::Simple => Config::simple(),
    };
    let preset = match scenario.wire {
        WireKind::Native => preset,
        WireKind::Foca2 => preset.foca2(),
    };
    let settings = change(preset.into(), &scenario.settings)?;
    Config::new(settings).map_err(|error| ScenarioError::Setting(format!("settings: {error}")))
}

/// Whether there is a setting of this name at the top.
#[must_use]
pub(super) fn is_setting(name: &str) -> bool {
    as_value(&Settings::default()).is_ok_and(|value| value.get(name).is_some())
}

fn change(settings: Settings, changes: &toml::Table) -> Result<Settings, ScenarioError> {
    let mut value = as_value(&settings)?;
    for (name, wanted) in changes {
        set(&mut value, &mut vec![name], wanted)?;
    }
    read(&value).map_err(ScenarioError::Setting)
}

/// Sets what `path` names, table by table where `wanted` is a table.
fn set<'a>(
    root: &mut Value,
    path: &mut Vec<&'a str>,
    wanted: &'a toml::Value,
) -> Result<(), ScenarioError> {
    let pointer = format!("/{}", path.join("/"));
    let Some(present) = root.pointer(&pointer).cloned() else {
        return Err(unknown(root, path));
    };
    // Where nothing is set there is nothing to descend into: the table is taken as a whole.
    if let (toml::Value::Table(table), Value::Object(_)) = (wanted, &present) {
        for (name, wanted) in table {
            path.push(name);
            set(root, path, wanted)?;
            path.pop();
        }
        return Ok(());
    }
    let mut why = String::new();
    for candidate in candidates(wanted) {
        if let Some(place) = root.pointer_mut(&pointer) {
            *place = candidate;
        }
        match read(root) {
            Ok(_) => return Ok(()),
            Err(error) if why.is_empty() => why = error,
            Err(_) => {}
        }
    }
    if let Some(place) = root.pointer_mut(&pointer) {
        *place = present;
    }
    // Durations are written otherwise than their serialised form has them.
    let why = why
        .replace("struct Duration", "a duration such as 250ms or 2s")
        .replace(
            "struct Scaled",
            "one value, or a table of `least` and `per_decade`",
        );
    Err(ScenarioError::Setting(format!(
        "settings.{} = {wanted}: {why}",
        path.join(".")
    )))
}

/// What a value may have meant, likeliest first.
fn candidates(wanted: &toml::Value) -> Vec<Value> {
    match wanted {
        toml::Value::String(text) if text == "none" => vec![Value::Null],
        toml::Value::String(text) => {
            let mut candidates = Vec::new();
            if let Ok(Span(duration)) = text.parse() {
                let duration =
                    json!({ "secs": duration.as_secs(), "nanos": duration.subsec_nanos() });
                let zero = json!({ "secs": 0, "nanos": 0 });
                candidates.push(duration.clone());
                candidates.push(json!({ "least": duration, "per_decade": zero }));
            }
            candidates.push(json!(text));
            candidates
        }
        toml::Value::Integer(number) => {
            vec![json!(number), json!({ "least": number, "per_decade": 0 })]
        }
        toml::Value::Float(number) => vec![json!(number)],
        toml::Value::Boolean(flag) => vec![json!(flag)],
        toml::Value::Datetime(time) => vec![json!(time.to_string())],
        toml::Value::Array(values) => vec![values.iter().filter_map(likeliest).collect()],
        toml::Value::Table(table) => {
            let fields = table
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), likeliest(value)?)));
            vec![Value::Object(fields.collect::<Map<_, _>>())]
        }
    }
}

fn likeliest(wanted: &toml::Value) -> Option<Value> {
    candidates(wanted).into_iter().next()
}

fn unknown(root: &Value, path: &[&str]) -> ScenarioError {
    let (name, parent) = path
        .split_last()
        .map_or(("", &[][..]), |(name, parent)| (*name, parent));
    let pointer: String = parent.iter().map(|part| format!("/{part}")).collect();
    let known = match root.pointer(&pointer) {
        Some(Value::Object(fields)) => fields.keys().cloned().collect::<Vec<_>>().join(", "),
        _ => "none".to_owned(),
    };
    let parent: String = parent.iter().map(|part| format!(".{part}")).collect();
    ScenarioError::Setting(format!(
        "there is no setting `{name}` in settings{parent}; there are: {known}"
    ))
}

fn as_value(settings: &Settings) -> Result<Value, ScenarioError> {
    serde_json::to_value(settings).map_err(|error| ScenarioError::Setting(error.to_string()))
}

fn read(value: &Value) -> Result<Settings, String> {
    serde_json::from_value(value.clone()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use foca_core::{Periodic, Scaled};

    use super::*;

    fn config(settings: &str) -> Result<Config, ScenarioError> {
        let settings = settings.parse().unwrap();
        config_of(&Scenario {
            settings,
            ..Scenario::default()
        })
    }

    #[test]
    fn every_form_of_value_is_understood() {
        let config = config(
            "probe_period = '2s'\n suspicion = '3s'\n transmissions.least = 7\n forget_after = 'none'\n \
             tell_the_down = false\n periodic_gossip = { every = '100ms', members = 5 }\n members_max = 500",
        )
        .unwrap();
        assert_eq!(config.probe_period, Duration::from_secs(2));
        assert_eq!(config.suspicion, Scaled::from(Duration::from_secs(3)));
        assert_eq!(
            config.transmissions,
            Scaled {
                least: 7,
                per_decade: 4
            }
        );
        assert_eq!(config.forget_after, None);
        assert!(!config.tell_the_down);
        let gossip = Periodic {
            every: Duration::from_millis(100),
            members: 5,
        };
        assert_eq!(config.periodic_gossip, Some(gossip));
        assert_eq!(config.members_max, 500);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = |settings| config(settings).unwrap_err().to_string();
        assert!(error("probe_perod = '2s'").contains("no setting `probe_perod` in settings;"));
        assert!(error("probe_perod = '2s'").contains("probe_period"));
        assert!(
            error("suspicion.lesat = '2s'").contains("no setting `lesat` in settings.suspicion")
        );
        assert!(error("probe_period = 'soon'").contains("settings.probe_period"));
        assert!(error("probe_period = 'soon'").contains("expected a duration such as 250ms"));
        assert!(error("probe_period = '1us'").contains("probe_period must be at least"));
    }
}
