//! `frontdesk.alerting.v1.RetryPolicyService`.

use std::time::Duration;

use contract::alerting::v1::{
    DeleteRetryPolicyRequest, DeleteRetryPolicyResponse, ListRetryPoliciesRequest, ListRetryPoliciesResponse,
    PutRetryPolicyRequest, PutRetryPolicyResponse, retry_policy_service_server::RetryPolicyService,
};
use rpc::{Failure, Role, parse, require};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use super::{asker, convert};
use crate::{
    domain::{
        action::Deed,
        retry_policy::{AFTER, AT_MOST},
    },
    store::{actions, retry_policies},
};

/// The service's state.
#[derive(Clone, Debug)]
pub struct RetryPolicies {
    /// Rows.
    pub pool: PgPool,
}

#[tonic::async_trait]
impl RetryPolicyService for RetryPolicies {
    async fn list_retry_policies(
        &self,
        request: Request<ListRetryPoliciesRequest>,
    ) -> Result<Response<ListRetryPoliciesResponse>, Status> {
        require(&request, Role::Viewer)?;
        let policies = retry_policies::list(&self.pool).await.map_err(Failure::internal)?;
        let policies = policies.into_iter().map(convert::policy).collect();
        Ok(Response::new(ListRetryPoliciesResponse { policies }))
    }

    async fn put_retry_policy(
        &self,
        request: Request<PutRetryPolicyRequest>,
    ) -> Result<Response<PutRetryPolicyResponse>, Status> {
        let caller = require(&request, Role::Admin)?;
        let asked = request.into_inner();
        let asker = asker(caller, &asked.asked_by)?;
        let cause = parse::text("cause", &asked.cause, 100)?.to_uppercase();
        let after = after(asked.after)?;
        let at_most = at_most(asked.at_most)?;
        let mut changes = self.pool.begin().await.map_err(Failure::internal)?;
        let policy = retry_policies::put(&mut changes, &cause, after, at_most, &asker.role)
            .await
            .map_err(Failure::internal)?;
        let detail = format!("{} s after its death, at most {at_most} times", after.as_secs());
        actions::note(&mut *changes, Deed::PutPolicy, &asker, &cause, &detail)
            .await
            .map_err(Failure::internal)?;
        changes.commit().await.map_err(Failure::internal)?;
        Ok(Response::new(PutRetryPolicyResponse { policy: Some(convert::policy(policy)) }))
    }

    async fn delete_retry_policy(
        &self,
        request: Request<DeleteRetryPolicyRequest>,
    ) -> Result<Response<DeleteRetryPolicyResponse>, Status> {
        let caller = require(&request, Role::Admin)?;
        let asked = request.into_inner();
        let asker = asker(caller, &asked.asked_by)?;
        let cause = parse::text("cause", &asked.cause, 100)?.to_uppercase();
        let mut changes = self.pool.begin().await.map_err(Failure::internal)?;
        if !retry_policies::delete(&mut changes, &cause).await.map_err(Failure::internal)? {
            return Err(Failure::not_found("retry policy", cause).into());
        }
        actions::note(&mut *changes, Deed::DeletePolicy, &asker, &cause, "")
            .await
            .map_err(Failure::internal)?;
        changes.commit().await.map_err(Failure::internal)?;
        Ok(Response::new(DeleteRetryPolicyResponse {}))
    }
}

/// Whole seconds within the bounds.
fn after(given: Option<prost_types::Duration>) -> Result<Duration, Failure> {
    let seconds = given.map_or(0, |given| given.seconds);
    let after = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    if after < AFTER.0 || after > AFTER.1 {
        return Err(Failure::invalid(
            "after",
            format!("is {seconds} s"),
            "give 1 s to seven days (604800 s), such as \"300s\"",
        ));
    }
    Ok(after)
}

fn at_most(given: i32) -> Result<i32, Failure> {
    if given < AT_MOST.0 || given > AT_MOST.1 {
        return Err(Failure::invalid(
            "at_most",
            format!("is {given}"),
            format!("give {} to {}", AT_MOST.0, AT_MOST.1),
        ));
    }
    Ok(given)
}
