//! What the server sends when a button is clicked: the body of its POST to the button's URL.

use crate::ids::is_id;
use serde_json::{Map, Value};

/// A click as it came. Nothing of it is proven.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Payload {
    pub user_id: String,
    pub channel_id: String,
    pub post_id: String,
    pub trigger_id: String,
    /// `None`: there is none, or it is no object.
    pub context: Option<Map<String, Value>>,
}

/// Objects and lists inside each other in a context.
const DEEPEST: usize = 32;

impl Payload {
    /// Read a body. `None`: it is not what a server sends.
    pub(super) fn parse(body: &str) -> Option<Self> {
        let Value::Object(mut object) = strict(body)? else { return None };
        let mut text = |key: &str| match object.remove(key) {
            Some(Value::String(text)) => Some(text),
            Some(Value::Null) | None => Some(String::new()),
            Some(_) => None,
        };
        let (user_id, channel_id) = (text("user_id")?, text("channel_id")?);
        let (post_id, trigger_id) = (text("post_id")?, text("trigger_id")?);
        let context = match object.remove("context") {
            Some(Value::Object(context)) => Some(context),
            _ => None,
        };
        Some(Self { user_id, channel_id, post_id, trigger_id, context })
    }

    /// Whether it names a user, a channel and a post as the server does.
    pub(super) fn names_all(&self) -> bool {
        [&self.user_id, &self.channel_id, &self.post_id].into_iter().all(|id| is_id(id))
    }
}

/// JSON without keys that stand twice in an object: readers disagree about which one counts.
fn strict(body: &str) -> Option<Value> {
    let Strict(value) = serde_json::from_str(body).ok()?;
    Some(value)
}

struct Strict(Value);

impl<'de> serde::Deserialize<'de> for Strict {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader { depth: 0 }).map(Self)
    }
}

/// Reads a value, and refuses what is too deep.
#[derive(Clone, Copy)]
struct Reader {
    depth: usize,
}

impl<'de> serde::de::DeserializeSeed<'de> for Reader {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> serde::de::Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let inner = self.inside::<A::Error>()?;
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inner = self.inside::<A::Error>()?;
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if object.insert(key, map.next_value_seed(inner)?).is_some() {
                return Err(serde::de::Error::custom("a key stands twice in an object"));
            }
        }
        Ok(Value::Object(object))
    }
}

impl Reader {
    fn inside<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= DEEPEST {
            return Err(E::custom("objects and lists are too deep inside each other"));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::Payload;

    #[test]
    fn a_click_is_read_as_servers_send_it() {
        let body = r#"{"user_id":"u","user_name":"alice","channel_id":"c","post_id":"p","trigger_id":"t",
            "type":"button","data_source":"","context":{"_token":"x","action_id":"yes","n":1.5}}"#;
        let payload = Payload::parse(body).unwrap();
        assert_eq!((payload.user_id.as_str(), payload.trigger_id.as_str()), ("u", "t"));
        assert_eq!(payload.context.unwrap()["n"], 1.5);
    }

    #[test]
    fn what_readers_could_disagree_about_is_no_click() {
        let deep = format!(r#"{{"context":{}1{}}}"#, "[".repeat(60), "]".repeat(60));
        let twice = r#"{"user_id":"a","user_id":"b"}"#;
        let twice_inside = r#"{"context":{"a":{"b":1,"b":2}}}"#;
        for body in
            ["", "null", "[]", "1", "{", r#"{"user_id":5}"#, twice, twice_inside, deep.as_str(), "{} {}"]
        {
            assert_eq!(Payload::parse(body), None, "{body}");
        }
        for body in ["{}", r#"{"context":[]}"#, r#"{"context":"x"}"#, r#"{"context":null}"#] {
            assert_eq!(Payload::parse(body).unwrap().context, None, "{body}");
        }
    }
}
