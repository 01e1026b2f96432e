//! A real `headscale` program, given by whoever runs the tests: started on loopback in a temporary directory, with
//! nothing to reach for outside, and stopped with its handle. Never fetched, never built.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::ReservedPort;

const PATIENCE: Duration = Duration::from_secs(30);

/// The program, running. Dropping it stops it and removes its directory.
#[derive(Debug)]
pub struct RealHeadscale {
    directory: TempDir,
    child: Mutex<Child>,
    port: u16,
    url: String,
    api_key: String,
    _ports: [ReservedPort; 3],
}

impl RealHeadscale {
    /// # Errors
    /// If it does not start, or does not answer in time; its last words are told.
    pub fn start(program: &Path) -> Result<Self> {
        // Short, for the path of a unix socket has at most 107 bytes.
        let directory = tempfile::Builder::new().prefix("hs").tempdir()?;
        let ports = [
            ReservedPort::any()?,
            ReservedPort::any()?,
            ReservedPort::any()?,
        ];
        let [port, metrics, grpc] = ports.each_ref().map(ReservedPort::number);
        fs::write(
            directory.path().join("config.yaml"),
            config(directory.path(), port, metrics, grpc),
        )?;
        fs::write(directory.path().join("derp.yaml"), DERP)?;
        install(program, directory.path())?;
        let child = serve(directory.path(), port)?;
        let mut started = Self {
            url: format!("http://127.0.0.1:{port}"),
            directory,
            child: Mutex::new(child),
            port,
            api_key: String::new(),
            _ports: ports,
        };
        started.api_key = started.run(&["apikeys", "create"])?;
        Ok(started)
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// Another release takes this one's place, its data and its address, as after a power cut.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn upgrade(&self, program: &Path) -> Result<()> {
        self.end()?;
        install(program, self.directory.path())?;
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        *child = serve(self.directory.path(), self.port)?;
        Ok(())
    }

    /// Stops it where it is, as a machine that hangs.
    ///
    /// # Errors
    /// If no signal can be sent.
    pub fn hang(&self) -> Result<()> {
        self.signal("-STOP")
    }

    /// Lets it go on, with all that was asked meanwhile.
    ///
    /// # Errors
    /// If no signal can be sent.
    pub fn go_on(&self) -> Result<()> {
        self.signal("-CONT")
    }

    /// Ends it, as a power cut does.
    ///
    /// # Errors
    /// If it cannot be ended.
    pub fn end(&self) -> Result<()> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// Without `unsafe`, signals are sent by the program made for it.
    fn signal(&self, signal: &str) -> Result<()> {
        let child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let id = child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status()?;
        if !sent.success() {
            bail!("{signal} was not sent");
        }
        Ok(())
    }

    /// The program with its configuration, ready for more arguments: what an operator would put into `command`.
    pub fn command(&self) -> Vec<String> {
        let path = |name: &str| self.directory.path().join(name);
        let text = |name: &str| path(name).to_string_lossy().into_owned();
        vec![text(PROGRAM), "-c".to_owned(), text("config.yaml")]
    }

    /// Runs the program beside the running one; the last line that it prints.
    ///
    /// # Errors
    /// If it fails, with its words.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = command(self.directory.path()).args(arguments).output()?;
        if !output.status.success() {
            bail!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        let printed = String::from_utf8(output.stdout)?;
        Ok(printed.lines().last().unwrap_or_default().trim().to_owned())
    }
}

impl Drop for RealHeadscale {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        if child.kill().is_ok() {
            child.wait().expect("a killed program ends");
        }
    }
}

/// The program's name in its directory, whichever release it is.
const PROGRAM: &str = "headscale";

fn install(program: &Path, directory: &Path) -> Result<()> {
    let program = fs::canonicalize(program)
        .with_context(|| format!("there is no program {}", program.display()))?;
    let link = directory.join(PROGRAM);
    if link.is_symlink() {
        fs::remove_file(&link)?;
    }
    symlink(program, link)?;
    Ok(())
}

/// Returns once it answers.
fn serve(directory: &Path, port: u16) -> Result<Child> {
    let mut child = command(directory)
        .arg("serve")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let ready = wait_until_ready(&mut child, port);
    if ready.is_err() && child.kill().is_ok() {
        child.wait()?;
    }
    ready.map(|()| child)
}

/// The program says on stderr that it listens before it does, so the port is asked.
fn wait_until_ready(child: &mut Child, port: u16) -> Result<()> {
    let words = collect(child.stderr.take().context("it has a stderr")?);
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if is_healthy(port) {
            return Ok(());
        }
        if let Some(status) = child.try_wait()? {
            bail!("it ended with {status}: {}", last_words(&words));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    bail!("it did not answer in time: {}", last_words(&words))
}

fn command(directory: &Path) -> Command {
    let mut command = Command::new(directory.join(PROGRAM));
    command
        .current_dir(directory)
        .arg("-c")
        .arg("config.yaml")
        .env_clear();
    command.stdin(Stdio::null());
    command
}

fn is_healthy(port: u16) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) else {
        return false;
    };
    let mut answer = String::new();
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .is_ok()
        && stream
            .write_all(b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n")
            .is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.contains("pass")
}

/// Keeps reading, so the program never waits for us.
fn collect(stderr: std::process::ChildStderr) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(io::Result::ok) {
            // Nobody listens any more once it is ready.
            sender.send(line).ok();
        }
    });
    receiver
}

fn last_words(words: &mpsc::Receiver<String>) -> String {
    let lines: Vec<String> = words.try_iter().collect();
    lines[lines.len().saturating_sub(5)..].join("\n")
}

const DERP: &str = "regions: {900: {regionid: 900, regioncode: test, regionname: Test, nodes: \
    [{name: 900a, regionid: 900, hostname: 127.0.0.1, ipv4: 127.0.0.1, derpport: 1, stunport: -1}]}}\n";

fn config(directory: &Path, port: u16, metrics: u16, grpc: u16) -> String {
    let home = directory.display();
    format!(
        r#"
server_url: http://127.0.0.1:{port}
listen_addr: 127.0.0.1:{port}
metrics_listen_addr: 127.0.0.1:{metrics}
grpc_listen_addr: 127.0.0.1:{grpc}
noise: {{private_key_path: {home}/noise_private.key}}
prefixes: {{v4: 100.64.0.0/10, v6: "fd7a:115c:a1e0::/48"}}
derp:
  server: {{enabled: false}}
  urls: []
  paths: [{home}/derp.yaml]
  auto_update_enabled: false
disable_check_updates: true
database: {{type: sqlite, sqlite: {{path: {home}/db.sqlite}}}}
dns: {{magic_dns: false, override_local_dns: false, base_domain: ""}}
unix_socket: {home}/hs.sock
unix_socket_permission: "0700"
"#
    )
}
