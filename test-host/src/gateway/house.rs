//! What turns are taken with.

use super::inquiries::Inquiries;
use super::skills::skills;
use crate::agent::Agent;
use crate::models::Models;
use crate::settings::Settings;
use host_sdk::protocol::Skill;
use serde_json::{Value, json};
use std::sync::{Arc, PoisonError, RwLock};

/// What turns are taken with. Cheap to clone.
#[derive(Clone)]
pub struct House {
    /// Who answers.
    pub agent: Arc<dyn Agent>,
    /// Which models there are, and who uses which.
    pub models: Arc<Models>,
    /// What people are asked.
    pub inquiries: Inquiries,
    /// What the configuration says of agents and skills.
    sections: Arc<RwLock<Value>>,
}

impl House {
    /// With this agent, and as a configuration says.
    pub fn new(agent: Arc<dyn Agent>, config: &Value) -> Self {
        let models = Arc::new(Models::read(config, agent.model()));
        let sections = Arc::new(RwLock::new(sections(config)));
        Self { agent, models, inquiries: Inquiries::default(), sections }
    }

    /// Another configuration counts now.
    pub fn update(&self, config: &Value) {
        self.models.update(config);
        *self.sections.write().unwrap_or_else(PoisonError::into_inner) = sections(config);
    }

    /// The skills that are there now. Reads files.
    pub fn skills(&self, settings: &Settings) -> Vec<Skill> {
        let sections = self.sections.read().unwrap_or_else(PoisonError::into_inner).clone();
        skills(settings, &sections)
    }
}

/// Without the channels, which have secrets in them.
fn sections(config: &Value) -> Value {
    json!({ "agents": config["agents"], "skills": config["skills"] })
}
