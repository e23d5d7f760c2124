//! What a server sends when somebody gives a slash command: a form, or JSON. Read strictly: two readers must not
//! understand it in two ways.

use crate::ids::is_id;
use std::collections::BTreeMap;

/// A call, as it was sent. What it says of its caller's name decides nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Payload {
    /// The command's token; empty where it stands in the header alone.
    pub token: String,
    pub team_id: String,
    pub channel_id: String,
    pub user_id: String,
    /// The word behind the slash.
    pub trigger: String,
    /// What followed it.
    pub text: String,
    /// The server's own id of this call; old servers and tests may send none.
    pub trigger_id: String,
    /// The first post of the thread that it was given in; empty outside of threads.
    pub root_id: String,
    /// Where the caller can be told more, later.
    pub response_url: String,
}

/// Fields of one body; servers send 15.
const FIELDS: usize = 64;
/// Those that are read.
const READ: [&str; 9] =
    ["token", "team_id", "channel_id", "user_id", "command", "text", "trigger_id", "root_id", "response_url"];

impl Payload {
    /// Read a body; `None` for what no server sends.
    pub(super) fn parse(body: &str, content_type: &str) -> Option<Self> {
        let json = content_type.to_ascii_lowercase().contains("application/json");
        let mut fields = if json { of_json(body)? } else { of_form(body)? };
        let mut take = |name: &str| fields.remove(name).unwrap_or_default();
        let command = take("command");
        let payload = Self {
            token: take("token").trim().to_owned(),
            team_id: take("team_id"),
            channel_id: take("channel_id"),
            user_id: take("user_id"),
            trigger: command.trim().trim_start_matches('/').to_lowercase(),
            text: take("text"),
            trigger_id: take("trigger_id"),
            root_id: take("root_id"),
            response_url: take("response_url"),
        };
        let ids = [&payload.team_id, &payload.channel_id, &payload.user_id];
        (ids.into_iter().all(|id| is_id(id)) && !payload.trigger.is_empty()).then_some(payload)
    }

    /// The id of the call's `response_url`, where there is one that leads to the server itself: `/hooks/commands/<id>`.
    /// Only the id is used, never the rest.
    pub(super) fn hook(&self) -> Option<&str> {
        let (_, id) = self.response_url.rsplit_once("/hooks/commands/")?;
        is_id(id).then_some(id)
    }
}

/// Fields, each once.
fn of_form(body: &str) -> Option<BTreeMap<String, String>> {
    let mut fields = BTreeMap::new();
    // People, channels and the like that the text mentions come as lists: a name several times. They are not read.
    let several = |name: &str| name.ends_with("_mentions") || name.ends_with("_mentions_ids");
    for pair in body.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name)?, decoded(value)?);
        if fields.len() >= FIELDS || (fields.insert(name.clone(), value).is_some() && !several(&name)) {
            return None;
        }
    }
    Some(fields)
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit =
                    |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                digit(rest.next()?)? * 16 + digit(rest.next()?)?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// An object whose fields stand there once; those that are read are strings.
fn of_json(body: &str) -> Option<BTreeMap<String, String>> {
    serde_json::from_str::<Fields>(body).ok().map(|fields| fields.0)
}

struct Fields(BTreeMap<String, String>);

impl<'de> serde::Deserialize<'de> for Fields {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> serde::de::Visitor<'de> for Reader {
            type Value = Fields;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let (mut seen, mut fields) = (std::collections::HashSet::new(), BTreeMap::new());
                while let Some(name) = map.next_key::<String>()? {
                    let value = map.next_value::<serde_json::Value>()?;
                    if seen.len() >= FIELDS || !seen.insert(name.clone()) {
                        return Err(serde::de::Error::custom("a field stands twice, or there are too many"));
                    }
                    match value {
                        serde_json::Value::String(text) => drop(fields.insert(name, text)),
                        serde_json::Value::Null => {}
                        _ if READ.contains(&name.as_str()) => {
                            return Err(serde::de::Error::custom("a field is no string"));
                        }
                        _ => {}
                    }
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// The token of a header `Authorization: Token <t>`; what others use that header for is not ours.
pub(super) fn header_token(header: Option<&str>) -> Option<&str> {
    let (scheme, token) = header?.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("token") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::{Payload, header_token};

    const FORM: &str = "application/x-www-form-urlencoded";
    /// As a real server sends it.
    const SENT: &str = "channel_id=8hrkcdz6cibrby47p3ixcm3zoy&channel_name=general&command=%2Foc_status&response_url=http%3A%2F%2F127.0.0.1%3A8065%2Fhooks%2Fcommands%2Fd7oa8u7b878w8gfa4btxst44fe&root_id=&team_domain=lab&team_id=cqig3gxtnigzux81h4spmjh3ea&text=some++text+%40bob&token=16bk6hpac3dqbehxcne641udbc&trigger_id=Zmo4%3D&user_id=equyqjad77g58m757jnt7q8mke&user_mentions=bob&user_mentions=carol&user_mentions_ids=6fwk6xpstid1pe8km1uxfy7q1e&user_name=alice";

    fn without(field: &str) -> String {
        let pairs = SENT.split('&').filter(|pair| !pair.starts_with(&format!("{field}=")));
        pairs.collect::<Vec<_>>().join("&")
    }

    #[test]
    fn a_form_is_read_as_servers_send_it() {
        let payload = Payload::parse(SENT, FORM).unwrap();
        assert_eq!((payload.trigger.as_str(), payload.text.as_str()), ("oc_status", "some  text @bob"));
        assert_eq!((payload.trigger_id.as_str(), payload.root_id.as_str()), ("Zmo4=", ""));
        assert_eq!(payload.token, "16bk6hpac3dqbehxcne641udbc");
        assert_eq!(payload.hook(), Some("d7oa8u7b878w8gfa4btxst44fe"));
        assert!(Payload::parse(SENT, "").is_some(), "a form unless it says otherwise");
    }

    #[test]
    fn json_is_read_where_it_says_so() {
        let json = r#"{"token":"t","team_id":"cqig3gxtnigzux81h4spmjh3ea","channel_id":"8hrkcdz6cibrby47p3ixcm3zoy",
            "user_id":"equyqjad77g58m757jnt7q8mke","command":"/OC_Status","text":"x","extra":{"a":[1]}}"#;
        let payload = Payload::parse(json, "application/json; charset=utf-8").unwrap();
        assert_eq!((payload.trigger.as_str(), payload.text.as_str()), ("oc_status", "x"));
        assert!(Payload::parse(json, FORM).is_none());
        assert!(
            Payload::parse(&json.replace("\"x\",", "5,"), "application/json").is_none(),
            "a text is a string"
        );
    }

    #[test]
    fn what_no_server_sends_is_not_read() {
        for field in ["team_id", "channel_id", "user_id", "command"] {
            assert!(Payload::parse(&without(field), FORM).is_none(), "{field}");
        }
        // The token may stand in the header.
        assert!(Payload::parse(&without("token"), FORM).is_some());
        let other = |change: &str| Payload::parse(&format!("{SENT}&{change}"), FORM);
        for twice in ["token=y", "user_id=equyqjad77g58m757jnt7q8mke", "text=y", "x=1&x=2", "%74oken=y"] {
            assert!(other(twice).is_none(), "{twice}");
        }
        for wrong in ["x=%f", "x=%zz", "x=%ff"] {
            assert!(other(wrong).is_none(), "{wrong}");
        }
        let many: String = (0..100).map(|n| format!("&f{n}=x")).collect();
        assert!(Payload::parse(&format!("{SENT}{many}"), FORM).is_none());
        for json in ["", "[]", "null", "{}", "1", "{", r#"{"token":"a","token":"b"}"#] {
            assert!(Payload::parse(json, "application/json").is_none(), "{json}");
        }
        let id = "team_id=../../users/me/tokens&";
        assert!(Payload::parse(&format!("{id}{}", without("team_id")), FORM).is_none());
    }

    #[test]
    fn of_an_address_for_answers_only_the_id_is_used() {
        let hook = |url: &str| {
            Payload { response_url: url.to_owned(), ..Payload::default() }.hook().map(str::to_owned)
        };
        let id = "d7oa8u7b878w8gfa4btxst44fe";
        assert_eq!(
            hook(&format!("https://elsewhere.example.com/x/hooks/commands/{id}")).as_deref(),
            Some(id)
        );
        for none in [
            "",
            "https://evil.example.com/",
            "/hooks/commands/",
            "/hooks/commands/../../api",
            "/hooks/commands/d7oa?x",
        ] {
            assert_eq!(hook(none), None, "{none}");
        }
    }

    #[test]
    fn a_header_of_another_scheme_is_somebody_elses() {
        assert_eq!(header_token(Some("Token abc")), Some("abc"));
        assert_eq!(header_token(Some(" token  abc ")), Some("abc"));
        for other in
            [None, Some(""), Some("Token"), Some("Token  "), Some("Bearer abc"), Some("Basic Token abc")]
        {
            assert_eq!(header_token(other), None, "{other:?}");
        }
    }
}
