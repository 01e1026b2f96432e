//! `sandbox serve` as a program: what it prints, and how it ends.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{ChildStdout, Command};

type Output = Lines<BufReader<ChildStdout>>;

/// The word after a name that begins a line.
async fn told(lines: &mut Output, name: &str) -> String {
    while let Some(line) = lines.next_line().await.expect("the output can be read") {
        let mut words = line.split_whitespace();
        if words.next() == Some(name) {
            return words.next().expect("something is told").to_owned();
        }
    }
    panic!("nothing was said about {name}");
}

#[tokio::test]
async fn it_stays_until_it_is_told_to_stop_and_cleans_up() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sandbox"));
    let command = command
        .arg("serve")
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    let mut program = command.spawn().expect("the program starts");
    let output = program.stdout.take().expect("its output is ours");
    let mut lines = BufReader::new(output).lines();
    let settings = told(&mut lines, "settings").await;
    let control = told(&mut lines, "control").await;

    let mode = std::fs::metadata(&settings)
        .expect("the settings are there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client can be made");
    let help = client
        .get(&control)
        .send()
        .await
        .expect("the control API answers");
    assert!(
        help.text()
            .await
            .expect("it can be read")
            .contains(&settings)
    );

    let id = program.id().expect("it runs").to_string();
    let sent = Command::new("kill").args(["-TERM", &id]).status().await;
    assert!(
        sent.is_ok_and(|status| status.success()),
        "the signal is sent"
    );
    let status = program.wait().await.expect("it ends");
    assert_eq!(status.code(), Some(0));
    assert!(!Path::new(&settings).exists(), "its files are gone");
}
