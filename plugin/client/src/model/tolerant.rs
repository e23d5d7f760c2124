//! Reading `null` as absent.

use serde::{Deserialize, Deserializer};

/// For `deserialize_with` beside `default`: the Go server writes an empty list as `[]`, as `null`, or not at
/// all, depending on version and endpoint.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}
