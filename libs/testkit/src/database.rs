use std::net::SocketAddr;

use anyhow::Context;
use postgres::Schema;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use uuid::Uuid;

use crate::{shared_postgres, template};

/// A migrated database of one's own, dropped with this value.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
    url: String,
}

impl Database {
    /// An empty database with these schemas; takes some 50 ms once another test has asked for the same schemas.
    pub async fn fresh(schemas: &[Schema]) -> anyhow::Result<Self> {
        let server = shared_postgres::url().await?;
        let template = template::of(&server, schemas).await?;
        let name = format!("{}{}", template::COPY, Uuid::now_v7().simple());
        template::copy(&server, &template, &name).await?;
        let url = template::with_database(&server, &name).context("the server's address has no host")?;
        Ok(Self { server, name, url })
    }

    /// The address, for a user who may do everything.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same as configuration.
    pub fn settings(&self) -> settings::Database {
        settings::Database { url: self.url.as_str().into(), max_connections: 8 }
    }

    /// Host and port, for a [`crate::Proxy`].
    pub fn addr(&self) -> anyhow::Result<SocketAddr> {
        let options: PgConnectOptions = self.url.parse()?;
        Ok(SocketAddr::new(options.get_host().parse()?, options.get_port()))
    }

    /// The configuration of this database as seen through a [`crate::Proxy`].
    pub fn settings_through(&self, proxy: SocketAddr) -> anyhow::Result<settings::Database> {
        let (credentials, rest) = self.url.rsplit_once('@').context("the address has no user")?;
        let (_, name) = rest.split_once('/').context("the address has no database")?;
        let url = format!("{credentials}@{proxy}/{name}");
        Ok(settings::Database { url: url.into(), max_connections: 8 })
    }

    /// A pool with the rights and limits of a service.
    pub async fn pool(&self, schema: &'static str) -> anyhow::Result<PgPool> {
        Ok(postgres::connect(&self.settings(), schema, "test").await?)
    }

    /// A pool that may look into every schema, for checking what happened.
    pub async fn owner(&self) -> anyhow::Result<PgPool> {
        Ok(PgPoolOptions::new().max_connections(4).connect(&self.url).await?)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // A destructor cannot wait for a future where it is, so this is done on a thread of its own.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async {
                let mut connection = template::connect(&server).await.ok()?;
                // The server first waits for all its sessions, those that are just logging in included. One of them may
                // be the test's own, which gets no further while its runtime stands here. What is left is swept away
                // when the server starts next.
                template::run(&mut connection, "set statement_timeout = '5s'".into()).await.ok()?;
                template::run(&mut connection, format!("drop database if exists {name} with (force)"))
                    .await
                    .ok()
            })
        });
        let _ = dropping.join();
    }
}
