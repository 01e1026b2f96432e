//! Ports of loopback for programs that have to be told one before they listen on it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpSocket;

/// A free port that is given to nobody else as long as this lives. A program can listen on it; until one does,
/// connections are refused.
#[derive(Debug)]
pub struct ReservedPort {
    number: u16,
    _held: Option<TcpSocket>,
}

impl ReservedPort {
    /// # Errors
    /// If loopback has no port left.
    pub fn any() -> io::Result<Self> {
        Self::at(0)
    }

    /// # Errors
    /// If somebody else has the port.
    pub(crate) fn at(port: u16) -> io::Result<Self> {
        let socket = bind(port)?;
        Ok(Self {
            number: socket.local_addr()?.port(),
            // Other systems would keep the program out as well: there the port is only likely to stay free.
            _held: cfg!(target_os = "linux").then_some(socket),
        })
    }

    pub fn number(&self) -> u16 {
        self.number
    }
}

/// Bound and not listening: connections are refused. Port 0 takes a free one.
pub(crate) fn bind(port: u16) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    Ok(socket)
}
