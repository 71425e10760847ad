//! `frontdesk.work.v1.TroubleService`, for sending.

use std::time::Duration;

use clock::SharedClock;
use contract::work::v1::{ListTroublesRequest, ListTroublesResponse, trouble_service_server::TroubleService};
use rpc::{Failure, Role, require};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use crate::{
    domain::troubles::{self, Limits},
    store,
};

/// The service's state.
#[derive(Clone, Debug)]
pub struct Troubles {
    /// Rows.
    pub pool: PgPool,
    /// How long something has lasted.
    pub clock: SharedClock,
    /// From where on something is a trouble.
    pub limits: Limits,
    /// So long without a receipt is silence.
    pub receipt_deadline: Duration,
}

#[tonic::async_trait]
impl TroubleService for Troubles {
    async fn list_troubles(
        &self,
        request: Request<ListTroublesRequest>,
    ) -> Result<Response<ListTroublesResponse>, Status> {
        require(&request, Role::Viewer)?;
        let now = self.clock.now();
        let facts = store::troubles::facts(&self.pool, &self.limits, self.receipt_deadline, now)
            .await
            .map_err(Failure::internal)?;
        let troubles = troubles::of(&facts, &self.limits, now);
        Ok(Response::new(ListTroublesResponse { troubles: troubles.into_iter().map(Into::into).collect() }))
    }
}
