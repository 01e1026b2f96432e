//! The domain: the machine printed whole, and the rules one by one.

mod departure;
mod diagram;
mod events;
mod keys;
mod owed;
mod rules;
mod standing;
mod transition_matrix;

use std::fmt::Write;

use crate::domain::DeviceRequest;
use crate::support::requests::request;
use crate::support::states;

pub(crate) fn requests() -> Vec<(&'static str, DeviceRequest)> {
    states::all()
        .into_iter()
        .map(|(name, state)| (name, request(state)))
        .collect()
}

pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = width(column).unwrap_or_default();
            write!(line, "{cell:width$}  ").unwrap();
        }
        writeln!(text, "{}", line.trim_end()).unwrap();
    }
    text
}
