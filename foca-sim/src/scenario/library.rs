//! The scenarios that ship with the program.

use super::error::ScenarioError;
use super::schema::Scenario;

macro_rules! shipped {
    ($($name:literal),+ $(,)?) => {
        /// Names and texts of all scenarios that ship, in the order of the documentation.
        pub const SHIPPED: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../../scenarios/", $name, ".toml")))),+
        ];
    };
}

shipped!(
    "bootstrap",
    "quiet",
    "crash",
    "mass-crash",
    "rolling-restart",
    "partition",
    "total-isolation",
    "isolated-one",
    "flapping",
    "slow-members",
    "blocked",
    "loss-10",
    "loss-25",
    "wan",
    "churn",
    "returning",
    "clock-jump",
);

impl Scenario {
    /// The shipped scenario of this name.
    ///
    /// # Errors
    ///
    /// [`ScenarioError::Unknown`] if there is none.
    pub fn shipped(name: &str) -> Result<Self, ScenarioError> {
        match SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
            Some((_, text)) => Self::from_toml(text),
            None => {
                let names: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
                Err(ScenarioError::Unknown(format!(
                    "there is no scenario `{name}`; there are: {}",
                    names.join(", ")
                )))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_scenario_is_valid_and_named_as_its_file() {
        for (name, text) in SHIPPED {
            let scenario =
                Scenario::from_toml(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(scenario.name, *name);
            assert!(!scenario.description.is_empty(), "{name}");
        }
    }

    #[test]
    fn every_file_ships() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
        let files = std::fs::read_dir(folder).unwrap().count();
        assert_eq!(files, SHIPPED.len());
    }
}
