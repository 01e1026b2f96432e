//! One room of the crate at a time. These are compiled into the library's own test build, because they use what no
//! other crate can see.

mod architecture;
mod domain;
mod gateway;
mod hostile;
mod i18n;
mod manifests;
mod migrations;
mod modules;
mod outbound;
mod settings;
mod store;
mod view;
