//! `frontdesk.work.v1.TroubleService`, for conversations.

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
    /// From where on something is a trouble.
    pub limits: Limits,
}

#[tonic::async_trait]
impl TroubleService for Troubles {
    async fn list_troubles(
        &self,
        request: Request<ListTroublesRequest>,
    ) -> Result<Response<ListTroublesResponse>, Status> {
        require(&request, Role::Viewer)?;
        let facts = store::troubles::facts(&self.pool, &self.limits).await.map_err(Failure::internal)?;
        let troubles = troubles::of(&facts, &self.limits);
        Ok(Response::new(ListTroublesResponse { troubles: troubles.into_iter().map(Into::into).collect() }))
    }
}
