//! What agents are called, for what their answers begin with (`responsePrefix`).

use host_sdk::protocol::Speaker;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::RwLock;

/// `identity.name` of the agents that have one, by id in lower case.
#[derive(Debug, Default)]
pub struct Names(RwLock<BTreeMap<String, String>>);

impl Names {
    /// As a configuration has them.
    pub fn read(config: &Value) -> Self {
        Self(RwLock::new(names(&config["agents"])))
    }

    /// Another configuration counts now.
    pub fn update(&self, config: &Value) {
        *self.0.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = names(&config["agents"]);
    }

    /// Who speaks when this agent does, with this model. `None`: nothing is known of it.
    pub fn speaker(&self, agent_id: &str, model: Option<&str>) -> Option<Speaker> {
        let names = self.0.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        let name = names.get(&agent_id.to_lowercase()).cloned();
        let speaker = Speaker { name, model: model.map(str::to_owned), ..Speaker::default() };
        (speaker != Speaker::default()).then_some(speaker)
    }
}

/// `agents.entries` is a map by id, the older `agents.list` a list.
fn names(agents: &Value) -> BTreeMap<String, String> {
    let list = agents["list"].as_array().into_iter().flatten();
    let listed = list.filter_map(|agent| Some((agent["id"].as_str()?, agent)));
    let entries = agents["entries"].as_object().into_iter().flatten();
    let entries = entries.map(|(id, agent)| (id.as_str(), agent));
    let named = listed.chain(entries).filter_map(|(id, agent)| {
        let name = agent["identity"]["name"].as_str()?.trim();
        (!name.is_empty()).then(|| (id.to_lowercase(), name.to_owned()))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::Names;
    use serde_json::json;

    #[test]
    fn agents_are_called_as_their_identity_says() {
        let names = Names::read(&json!({ "agents": {
            "list": [{ "id": "Main", "identity": { "name": "Molty" } }, { "id": "b" }, 3],
            "entries": { "c": { "identity": { "name": " " } } },
        } }));
        let name = |id| names.speaker(id, None).and_then(|speaker| speaker.name);
        assert_eq!((name("main").as_deref(), name("b"), name("c")), (Some("Molty"), None, None));
        assert_eq!(names.speaker("b", Some("m-1")).unwrap().model.as_deref(), Some("m-1"));
        names.update(&json!({}));
        assert!(names.speaker("main", None).is_none());
    }
}
