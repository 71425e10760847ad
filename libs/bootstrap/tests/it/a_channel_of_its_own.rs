use bootstrap::Channel;

fn said(text: &str) -> anyhow::Result<Vec<String>> {
    Ok(match Channel::parse(text.parse()?) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    })
}

#[test]
fn it_is_checked_by_the_rules_of_the_file() -> anyhow::Result<()> {
    let right = "slug = 'a'\nprovider = 'evolution'\nbase_url = 'http://e'\ninstance = 'i'\n
                 secrets = { api_key = 'env:A', webhook_token = 'env:B' }";
    assert!(said(right)?.is_empty());
    let wrong = right.replace("'i'", "''").replace("'env:B'", "'hunter2'");
    assert_eq!(
        said(&wrong)?,
        [
            "instance must not be empty",
            "secrets.webhook_token is not a reference to a secret: write env:NAME or file:/absolute/path, never the secret itself"
        ]
    );
    Ok(())
}

#[test]
fn what_can_be_replaced_is_what_a_webhook_is_verified_by() {
    assert_eq!(Channel::rotatable("evolution"), ["webhook_token", "jwt_key"]);
    assert_eq!(Channel::rotatable("meta"), ["app_secret", "verify_token"]);
    assert_eq!(Channel::rotatable("twilio"), ["auth_token"]);
    assert!(Channel::rotatable("carrier pigeon").is_empty());
}
