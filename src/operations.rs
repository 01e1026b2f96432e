use std::{net::SocketAddr, time::Duration};
#[derive(Clone, Debug, Default)]
pub struct Health;
impl Health {
    pub fn new() -> Self {
        Self
    }
    pub fn gateway_up(&self) {}
    pub fn gateway_down(&self, _: &str) {}
    pub fn headscale_ok(&self) {}
    pub fn headscale_trouble(&self, _: &str) {}
    pub fn store_ok(&self) {}
    pub fn store_trouble(&self, _: &str) {}
    pub fn heartbeat(&self) {}
    pub fn answered(&self, _: Duration) {}
}
pub async fn serve(
    _: SocketAddr,
    _: Health,
    _: tokio_util::sync::CancellationToken,
) -> anyhow::Result<()> {
    Ok(())
}
pub async fn probe(_: SocketAddr) -> anyhow::Result<()> {
    Ok(())
}
