pub fn init(_: &crate::config::Log) -> anyhow::Result<()> {
    tracing_subscriber::fmt().init();
    Ok(())
}
