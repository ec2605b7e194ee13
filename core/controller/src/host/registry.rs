//! All plugins of a folder, by model.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use greenlane_driver::{DriverInfo, OpenError, Point};
use serde_json::Value;

use super::{Instance, OpenFailure, Plugin, Refusal};

/// The drivers this controller can use.
pub struct Registry {
    plugins: Vec<Plugin>,
    models: BTreeMap<String, (usize, usize)>,
    /// Files that were not taken, with the reason.
    pub refused: Vec<Refusal>,
}

impl Registry {
    /// Loads every `.so` of `folder` (and each file of `extra`), in the order of their names.
    ///
    /// # Errors
    /// The folder cannot be read. A file that cannot be taken is listed in [`Self::refused`].
    pub fn scan(folder: &Path, extra: &[PathBuf]) -> std::io::Result<Self> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|e| e == "so"))
            .collect();
        files.sort();
        files.extend_from_slice(extra);
        let mut registry = Self { plugins: Vec::new(), models: BTreeMap::new(), refused: Vec::new() };
        for file in files {
            match Plugin::load(&file) {
                Ok(Some(plugin)) => registry.add(plugin),
                Ok(None) => {}
                Err(refusal) => {
                    tracing::warn!("{refusal}");
                    registry.refused.push(refusal);
                }
            }
        }
        Ok(registry)
    }

    /// The plugins taken.
    pub fn plugins(&self) -> &[Plugin] {
        &self.plugins
    }

    /// The plugin and description of a model.
    pub fn find(&self, model: &str) -> Option<(&Plugin, &DriverInfo)> {
        let &(plugin, driver) = self.models.get(model)?;
        let plugin = &self.plugins[plugin];
        Some((plugin, &plugin.drivers[driver]))
    }

    fn add(&mut self, plugin: Plugin) {
        let twice = plugin.drivers.iter().find_map(|d| {
            let &(other, _) = self.models.get(&d.model)?;
            let other = self.plugins[other].path.display();
            Some(format!(
                "holds a driver for {}, which {other} holds already: remove one of the two",
                d.model
            ))
        });
        if let Some(reason) = twice {
            let refusal = Refusal { path: plugin.path, reason };
            tracing::warn!("{refusal}");
            self.refused.push(refusal);
            return;
        }
        for (i, driver) in plugin.drivers.iter().enumerate() {
            self.models.insert(driver.model.clone(), (self.plugins.len(), i));
        }
        self.plugins.push(plugin);
    }
}

impl greenlane_config::Drivers for Registry {
    fn models(&self) -> Vec<String> {
        self.models.keys().cloned().collect()
    }

    fn describe(&self, model: &str) -> Option<DriverInfo> {
        self.find(model).map(|(_, info)| info.clone())
    }

    fn check_link(&self, url: &str) -> Result<(), String> {
        // A wire of simulated time: whoever runs the simulation holds its other end.
        if url.starts_with("virtual:") {
            return Ok(());
        }
        url.parse::<greenlane_link::LinkSpec>().map(drop).map_err(|e| e.to_string())
    }

    fn open(&self, model: &str, settings: &Value) -> Result<Vec<Point>, OpenError> {
        let Some((plugin, _)) = self.find(model) else {
            return Err(OpenError::new("", model, "a model with a driver"));
        };
        match Instance::open(plugin, model, settings) {
            Ok((_, points)) => Ok(points),
            Err(OpenFailure::Settings(error)) => Err(error),
            Err(OpenFailure::Broken(broken)) => {
                Err(OpenError::new("", broken.to_string(), "settings that the driver can open"))
            }
        }
    }
}
