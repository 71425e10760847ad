//! What a server tells about itself.

use std::collections::HashSet;
use std::sync::OnceLock;

use prost::Message;
use prost_types::FileDescriptorSet;
use tonic::service::RoutesBuilder;
use tonic_reflection::server::{Builder, Error};

/// Adds reflection in both versions: today's tools ask for v1, older ones for v1alpha. Lists the given services, and
/// knows all types, those of error details included, without which tools show details as base64.
pub(crate) fn add(routes: &mut RoutesBuilder, services: &[&'static str]) -> Result<(), Error> {
    let builder = || {
        let all = Builder::configure()
            .register_encoded_file_descriptor_set(contract::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
            .with_service_name("grpc.health.v1.Health");
        services.iter().fold(all, |builder, service| builder.with_service_name(*service))
    };
    routes.add_service(builder().build_v1()?);
    routes.add_service(builder().build_v1alpha()?);
    Ok(())
}

/// The path as a label: itself if a contract knows it, else "unknown". Paths come from outside and must not become
/// an unbounded set of labels.
pub(crate) fn method_label(path: &str) -> &'static str {
    static KNOWN: OnceLock<HashSet<String>> = OnceLock::new();
    KNOWN.get_or_init(known_methods).get(path).map_or("unknown", String::as_str)
}

fn known_methods() -> HashSet<String> {
    let sets = [contract::DESCRIPTORS, tonic_health::pb::FILE_DESCRIPTOR_SET];
    let mut methods: HashSet<String> = ["v1", "v1alpha"]
        .map(|version| format!("/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo"))
        .into();
    for file in
        sets.into_iter().filter_map(|set| FileDescriptorSet::decode(set).ok()).flat_map(|set| set.file)
    {
        for service in &file.service {
            let path = |method: &str| format!("/{}.{}/{method}", file.package(), service.name());
            methods.extend(service.method.iter().map(|method| path(method.name())));
        }
    }
    methods
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_methods_become_labels() {
        let list = "/frontdesk.work.v1.DeadItemService/ListDeadItems";
        assert_eq!(method_label(list), list);
        assert_eq!(method_label("/grpc.health.v1.Health/Check"), "/grpc.health.v1.Health/Check");
        assert_eq!(method_label("/frontdesk.work.v1.DeadItemService/Drop"), "unknown");
    }
}
