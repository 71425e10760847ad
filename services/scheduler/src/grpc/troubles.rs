//! `frontdesk.work.v1.TroubleService`, for reminders.

use contract::work::v1::trouble_service_server::TroubleService;
use contract::work::v1::{ListTroublesRequest, ListTroublesResponse};
use rpc::{Failure, Role, require};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use super::status;
use crate::domain::troubles;
use crate::store;

/// `frontdesk.work.v1.TroubleService`.
#[derive(Clone, Debug)]
pub struct Troubles {
    /// Where the reminders are.
    pub pool: PgPool,
}

#[tonic::async_trait]
impl TroubleService for Troubles {
    async fn list_troubles(
        &self,
        request: Request<ListTroublesRequest>,
    ) -> Result<Response<ListTroublesResponse>, Status> {
        require(&request, Role::Viewer)?;
        let mut connection = self.pool.acquire().await.map_err(Failure::internal)?;
        let facts = store::troubles::facts(&mut connection).await.map_err(status::of_store)?;
        let troubles = troubles::of(&facts).into_iter().map(Into::into).collect();
        Ok(Response::new(ListTroublesResponse { troubles }))
    }
}
