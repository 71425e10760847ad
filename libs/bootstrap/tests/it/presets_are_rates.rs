use bootstrap::{Channel, PRESETS};

fn rates(lines: &str) -> anyhow::Result<(Option<&'static str>, f64, u32)> {
    let text = format!(
        "slug = 'a'\nprovider = 'meta'\nphone_number_id = '1'\nwaba_id = '2'\n{lines}\n
         secrets = {{ access_token = 'env:A', app_secret = 'env:B', verify_token = 'env:C' }}"
    );
    let channel = Channel::parse(text.parse()?).map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
    Ok((channel.preset, channel.tokens_per_second, channel.bucket_capacity))
}

#[test]
fn numbers_of_its_own_win_over_the_preset() -> anyhow::Result<()> {
    assert_eq!(rates("")?, (None, 1.0, 5));
    assert_eq!(rates("preset = 'meta_coexistence_20'")?, (Some("meta_coexistence_20"), 20.0, 20));
    assert_eq!(rates("preset = 'meta_80'\ntokens_per_second = 10.0")?, (Some("meta_80"), 10.0, 80));
    Ok(())
}

#[test]
fn every_preset_can_be_named_and_fits_one_provider() {
    for (at, preset) in PRESETS.iter().enumerate() {
        assert!(preset.tokens_per_second > 0.0 && preset.bucket_capacity > 0, "{preset:?}");
        assert!(
            PRESETS[..at].iter().all(|known| known.name != preset.name),
            "{} is there twice",
            preset.name
        );
        assert!(preset.name.starts_with(preset.provider), "{preset:?}");
    }
}
