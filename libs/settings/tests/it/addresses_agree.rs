use settings::Loader;

const INGEST: &str = "[ingest]\npublic_url = \"http://127.0.0.1:8080\"";
const DELIVERY: &str = "[delivery]\npublic_url = \"http://127.0.0.1:8080\"";

fn said(loader: Loader, variables: &[(&str, &str)]) -> String {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    match loader.env(variables.collect::<Vec<_>>()).load() {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_webhook_address_that_services_do_not_share_is_refused_with_both() {
    let both = || Loader::new().defaults(INGEST).defaults(DELIVERY);
    assert_eq!(
        said(both(), &[("FRONTDESK_INGEST__PUBLIC_URL", "https://wa.example")]),
        "configuration: ingest.public_url is https://wa.example and delivery.public_url is http://127.0.0.1:8080; \
         they must be the same address, so give both the one that is right"
    );
    let same = [
        ("FRONTDESK_INGEST__PUBLIC_URL", "https://wa.example"),
        ("FRONTDESK_DELIVERY__PUBLIC_URL", "https://wa.example/"),
    ];
    assert_eq!(said(both(), &same), "accepted");
    assert_eq!(said(both(), &[("FRONTDESK_DELIVERY__PUBLIC_URL", "")]), "accepted", "empty tells nobody any");
}

/// One environment serves all programs: each sees what the others are told.
#[test]
fn a_program_alone_compares_with_what_its_neighbours_are_told() {
    let alone = || Loader::new().foreign(["ingest", "delivery"]).defaults(DELIVERY);
    let other = [("FRONTDESK_INGEST__PUBLIC_URL", "https://wa.example")];
    assert!(said(alone(), &other).contains("ingest.public_url is https://wa.example"));
    assert_eq!(said(alone(), &[]), "accepted");
}
