use prost::Message;
use prost_types::FileDescriptorSet;

use super::*;

#[test]
fn every_message_has_its_module() {
    let item = work::v1::DeadItem { id: "itm_0".into(), ..Default::default() };
    assert_eq!(item.owner(), work::v1::Owner::Unspecified);
    assert_eq!(work::v1::dead_item_service_server::SERVICE_NAME, "frontdesk.work.v1.DeadItemService");
}

#[test]
fn descriptors_keep_comments_and_imports() -> Result<(), prost::DecodeError> {
    let set = FileDescriptorSet::decode(DESCRIPTORS)?;
    assert!(set.file.iter().any(|file| file.name() == "google/protobuf/timestamp.proto"));
    for file in set.file.iter().filter(|file| file.package().starts_with("frontdesk.")) {
        let info = file.source_code_info.as_ref();
        let commented = info
            .is_some_and(|info| info.location.iter().any(|location| !location.leading_comments().is_empty()));
        assert!(commented, "{} lost its comments", file.name());
    }
    Ok(())
}
