//! The cast, the builders and the samples that tests share.

pub(crate) mod audit;
pub(crate) mod people;
pub(crate) mod requests;
pub(crate) mod rules;
pub(crate) mod states;
