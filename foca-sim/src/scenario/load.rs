//! From a text and changes on the command line to a scenario.

use foca_core::Config;

use super::error::ScenarioError;
use super::schema::Scenario;
use super::settings::{config_of, is_setting};
use super::validate::validate;

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    ///
    /// If it is no TOML, says what no scenario can say, or makes no sense.
    pub fn from_toml(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = toml::from_str(text)
            .map_err(|error| ScenarioError::Syntax(plain(&error.to_string())))?;
        scenario.validate()?;
        Ok(scenario)
    }

    /// The same scenario after changes of the form `key=value`, in their order.
    ///
    /// A key is a path with dots: `nodes`, `network.link.loss_percent`, `settings.suspicion.least`. A fault is
    /// named by its number or its kind: `faults.block.for`. Settings go without `settings.` too.
    ///
    /// # Errors
    ///
    /// If there is no such key, or what comes out is no scenario.
    pub fn with_changes<S: AsRef<str>>(&self, changes: &[S]) -> Result<Self, ScenarioError> {
        if changes.is_empty() {
            return Ok(self.clone());
        }
        let scenario = match self.changed(changes) {
            Ok(scenario) => scenario,
            Err(error) => return Err(self.blame(changes).unwrap_or(error)),
        };
        scenario.validate()?;
        Ok(scenario)
    }

    fn changed<S: AsRef<str>>(&self, changes: &[S]) -> Result<Self, ScenarioError> {
        let mut root = toml::Value::try_from(self)
            .map_err(|error| ScenarioError::Syntax(error.to_string()))?;
        for change in changes {
            let change = change.as_ref();
            let (key, value) = change.split_once('=').ok_or_else(|| {
                ScenarioError::Invalid(format!("`{change}` is not of the form key=value"))
            })?;
            set(&mut root, key.trim(), parse_value(value.trim()))?;
        }
        root.try_into()
            .map_err(|error: toml::de::Error| ScenarioError::Syntax(plain(error.message())))
    }

    /// What is wrong, said of the first change with which it is.
    fn blame<S: AsRef<str>>(&self, changes: &[S]) -> Option<ScenarioError> {
        let (change, error) = (1..=changes.len()).find_map(|count| {
            let error = self.changed(&changes[..count]).err()?;
            Some((changes[count - 1].as_ref(), error))
        })?;
        match error {
            ScenarioError::Syntax(what) => Some(ScenarioError::Syntax(format!("{change}: {what}"))),
            // They name what they are about.
            ScenarioError::Invalid(_) | ScenarioError::Setting(_) | ScenarioError::Unknown(_) => {
                Some(error)
            }
        }
    }

    /// Judges this scenario.
    ///
    /// # Errors
    ///
    /// The first thing found wrong, settings of members included.
    pub fn validate(&self) -> Result<(), ScenarioError> {
        validate(self)?;
        self.config().map(|_| ())
    }

    /// The configuration of its members.
    ///
    /// # Errors
    ///
    /// If a setting does not exist, cannot have its value, or the settings do not go together.
    pub fn config(&self) -> Result<Config, ScenarioError> {
        config_of(self)
    }
}

fn set(root: &mut toml::Value, key: &str, value: toml::Value) -> Result<(), ScenarioError> {
    let top = key.split('.').next().unwrap_or(key);
    let is_field = FIELDS.contains(&top);
    let path = match !is_field && is_setting(top) {
        true => format!("settings.{key}"),
        false => key.to_owned(),
    };
    if !is_field && !is_setting(top) {
        return Err(ScenarioError::Invalid(format!(
            "there is no key `{key}`: neither a setting of members nor one of {}",
            FIELDS.join(", ")
        )));
    }
    let mut place = root;
    for part in path.split('.') {
        place = match place {
            toml::Value::Table(table) => table
                .entry(part)
                .or_insert_with(|| toml::Value::Table(toml::Table::new())),
            toml::Value::Array(faults) => {
                let position = position(faults, part);
                position.and_then(|n| faults.get_mut(n)).ok_or_else(|| {
                    ScenarioError::Invalid(format!("`{key}`: there is no fault `{part}`"))
                })?
            }
            // A plain value where the path goes on, such as a duration that becomes a table.
            other @ (toml::Value::String(_)
            | toml::Value::Integer(_)
            | toml::Value::Float(_)
            | toml::Value::Boolean(_)
            | toml::Value::Datetime(_)) => {
                let next = (part.to_owned(), toml::Value::Table(toml::Table::new()));
                *other = toml::Value::Table(toml::Table::from_iter([next]));
                &mut other[part]
            }
        };
    }
    *place = value;
    Ok(())
}

fn position(faults: &[toml::Value], name: &str) -> Option<usize> {
    let kind = |fault: &toml::Value| fault.get("kind").and_then(toml::Value::as_str) == Some(name);
    name.parse().ok().or_else(|| faults.iter().position(kind))
}

/// A number, a truth, a list or a table as TOML writes them; anything else is text.
fn parse_value(text: &str) -> toml::Value {
    let parsed = format!("value = {text}").parse::<toml::Table>().ok();
    parsed
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| toml::Value::String(text.to_owned()))
}

/// What the parser says, without the names of types.
fn plain(message: &str) -> String {
    let names = [
        ("expected usize", "expected a whole number"),
        ("expected u64", "expected a whole number"),
        ("expected u32", "expected a whole number"),
        ("expected u8", "expected a whole number up to 255"),
        ("expected f64", "expected a number"),
        ("expected struct BurstsSpec", "expected a table of bursts"),
        (
            "expected struct Selection",
            "expected a table such as { count = 1 }",
        ),
    ];
    names
        .iter()
        .fold(message.to_owned(), |message, (name, meaning)| {
            message.replace(name, meaning)
        })
}

/// What a scenario has at the top, other than what belongs to the text alone.
const FIELDS: [&str; 14] = [
    "name",
    "description",
    "nodes",
    "warm_up",
    "duration",
    "seed",
    "start",
    "sample_every",
    "ends_early",
    "preset",
    "wire",
    "settings",
    "network",
    "faults",
];
