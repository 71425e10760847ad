use contract::work::v1::{
    Job, ListJobsRequest, ListJobsResponse, RunJobRequest, RunJobResponse, job_service_server::JobService,
};
use tonic::{Request, Response, Status};

use crate::{Failure, Role, parse::proto_time, require};

/// `frontdesk.work.v1.JobService` over the chores of a process.
#[derive(Clone, Debug)]
pub struct JobDoor(pub runtime::Jobs);

#[tonic::async_trait]
impl JobService for JobDoor {
    async fn list_jobs(
        &self,
        request: Request<ListJobsRequest>,
    ) -> Result<Response<ListJobsResponse>, Status> {
        require(&request, Role::Viewer)?;
        let jobs = self.0.list().into_iter().map(shown).collect();
        Ok(Response::new(ListJobsResponse { jobs }))
    }

    async fn run_job(&self, request: Request<RunJobRequest>) -> Result<Response<RunJobResponse>, Status> {
        require(&request, Role::Operator)?;
        let name = &request.get_ref().name;
        if !self.0.run_now(name) {
            return Err(Failure::not_found("job", name).into());
        }
        Ok(Response::new(RunJobResponse {}))
    }
}

fn shown(job: runtime::Job) -> Job {
    let (last_well, last_result) = match job.last.as_ref().map(|run| &run.result) {
        None => (false, String::new()),
        Some(Ok(done)) => (true, done.clone()),
        Some(Err(error)) => (false, error.clone()),
    };
    Job {
        name: job.name.to_owned(),
        about: job.about.to_owned(),
        every: prost_types::Duration::try_from(job.every).ok(),
        last_at: job.last.as_ref().map(|run| proto_time(run.at)),
        last_took: job.last.and_then(|run| prost_types::Duration::try_from(run.took).ok()),
        last_well,
        last_result,
        done: job.done,
        failed: job.failed,
    }
}
