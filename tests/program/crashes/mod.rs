//! The real program, killed at every point where it talks to somebody, and started again on the same file: nothing
//! is lost, nothing is doubled, no key is left behind.

mod matrix;
mod points;
mod storm;

use stage::Stage;

use crate::PROGRAM;

/// Starts the program again on the same files.
async fn revive(stage: &mut Stage) {
    let gateway = stage.discord.gateway();
    let before = gateway.readies();
    stage.launch(PROGRAM.as_ref());
    gateway.ready_times(before + 1).await;
}
