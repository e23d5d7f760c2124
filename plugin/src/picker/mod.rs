//! The model picker: the host's models as buttons.

mod action;
mod asked;
mod catalogue;
mod click;
mod models;
mod open;
mod order;
mod shown;
mod views;

pub(crate) use asked::asked;
pub(crate) use click::answer;
pub(crate) use open::{Opening, open};
pub(crate) use order::Order;
