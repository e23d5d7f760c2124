//! The model picker: the host's models as buttons.

mod open;

pub(crate) use open::{Asked, Opening, asked, open};
