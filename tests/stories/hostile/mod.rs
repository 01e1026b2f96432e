//! People who mean ill: forged clicks and floods.

mod flood;
mod forge;
mod ledger;
mod scene;
