//! What tests of several rooms share.

pub(crate) mod audit;
pub(crate) mod people;
pub(crate) mod requests;
pub(crate) mod rules;
pub(crate) mod states;
