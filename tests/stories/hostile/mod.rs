//! People who mean ill: forged clicks and floods.

mod flood;
mod forge;
pub(crate) mod ledger;
mod scene;
