use std::net::TcpStream;

use testkit::Nats;

#[tokio::test]
async fn it_comes_back_on_the_same_port() -> anyhow::Result<()> {
    let mut nats = Nats::start().await?;
    let url = nats.url();
    assert!(TcpStream::connect(nats.addr()).is_ok());
    nats.kill9()?;
    assert!(TcpStream::connect(nats.addr()).is_err());
    nats.restart().await?;
    nats.wipe_store().await?;
    nats.freeze()?;
    nats.thaw()?;
    assert_eq!(nats.url(), url);
    assert!(TcpStream::connect(nats.addr()).is_ok());
    Ok(())
}

#[tokio::test]
async fn it_ends_with_its_value() -> anyhow::Result<()> {
    let nats = Nats::start().await?;
    let addr = nats.addr();
    drop(nats);
    assert!(TcpStream::connect(addr).is_err());
    Ok(())
}
