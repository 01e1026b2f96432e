//! A listener whose connections can be cut in the middle of anything, and which can go down and come back on the
//! same port.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Cuts one connection.
#[derive(Clone, Debug)]
pub(super) struct Cut(CancellationToken);

impl Cut {
    pub(super) fn now(&self) {
        self.0.cancel();
    }
}

/// Accepts connections, each with its own way to be cut, all cut together when `all` is cancelled.
pub(super) struct Tap {
    listener: TcpListener,
    all: CancellationToken,
}

impl Tap {
    /// Waits for connections on a port that is bound already.
    pub(super) fn open(socket: TcpSocket, all: CancellationToken) -> io::Result<Self> {
        Ok(Self {
            listener: socket.listen(128)?,
            all,
        })
    }
}

impl Listener for Tap {
    type Io = Wire;
    type Addr = Cut;

    async fn accept(&mut self) -> (Wire, Cut) {
        let (stream, _) = Listener::accept(&mut self.listener).await;
        let token = self.all.child_token();
        let wire = Wire {
            stream,
            cut: Box::pin(token.clone().cancelled_owned()),
        };
        (wire, Cut(token))
    }

    fn local_addr(&self) -> io::Result<Cut> {
        Ok(Cut(self.all.clone()))
    }
}

impl Connected<IncomingStream<'_, Tap>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Tap>) -> Self {
        stream.remote_addr().clone()
    }
}

/// A connection that ends with an error once it is cut.
pub(super) struct Wire {
    stream: TcpStream,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Wire {
    fn poll_cut(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.cut.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionReset.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_cut(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_cut(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_cut(context)?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
