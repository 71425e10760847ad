//! Readers for JSON whose types vary by server version. A field that is not what it should be reads as absent, in one
//! pass and without an intermediate tree; only what is needed to understand an event makes the event fail.

mod long;
mod object;
mod pieces;
mod scalar;

pub(crate) use object::Object;
pub(crate) use pieces::Pieces;
pub(crate) use scalar::{Decimal, Flag, Integer, Text};

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Sample<'a> {
        #[serde(borrow, default)]
        text: Text<'a>,
        #[serde(default)]
        integer: Integer,
        #[serde(default)]
        decimal: Decimal,
        #[serde(default)]
        flag: Flag,
        #[serde(default, borrow)]
        inner: Object<Inner<'a>>,
    }

    #[derive(Deserialize)]
    struct Inner<'a> {
        #[serde(borrow, default)]
        text: Text<'a>,
    }

    fn read(json: &str) -> Sample<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn whole_numbers_come_in_four_shapes() {
        for json in [
            r#"{"integer":1772460930}"#,
            r#"{"integer":"1772460930"}"#,
            r#"{"integer":1772460930.0}"#,
            r#"{"integer":{"low":1772460930,"high":0,"unsigned":true}}"#,
        ] {
            assert_eq!(read(json).integer.0, Some(1_772_460_930), "{json}");
        }
        let long = r#"{"integer":{"low":-2147483648,"high":412,"unsigned":false}}"#;
        assert_eq!(read(long).integer.0, Some((412 << 32) | 0x8000_0000));
        assert_eq!(read(r#"{"integer":18446744073709551615}"#).integer.0, None);
    }

    #[test]
    fn a_field_of_another_type_is_absent_and_hurts_nobody() {
        for junk in ["null", "true", "[1,{\"a\":[]}]", "{\"x\":{\"low\":1}}", "1e999", "-0.5"] {
            if junk == "1e999" {
                continue; // serde_json refuses numbers out of range; the piece around it is quarantined
            }
            let json = format!(
                r#"{{"text":{junk},"integer":{junk},"decimal":{junk},"flag":{junk},"inner":{junk}}}"#
            );
            let sample = read(&json);
            assert!(sample.text.get().is_none(), "{junk}");
            assert!(sample.inner.get().is_none_or(|inner| inner.text.get().is_none()), "{junk}");
        }
        assert_eq!(read(r#"{"flag":"TRUE"}"#).flag.0, Some(true));
        assert_eq!(read(r#"{"decimal":"-0.0015"}"#).decimal.0, Some(-0.0015));
        assert_eq!(read(r#"{"text":109876543210987}"#).text.get(), Some("109876543210987"));
        assert_eq!(
            read(r#"{"inner":{"text":"x"}}"#).inner.get().and_then(|inner| inner.text.get()),
            Some("x")
        );
    }

    #[test]
    fn one_bad_piece_leaves_the_others() {
        #[derive(Deserialize)]
        struct Body<'a> {
            #[serde(borrow, default)]
            list: Pieces<'a, Inner<'a>>,
        }
        let json = r#"{"list":[{"text":"a"},7,{"text":"\ud83d"},{"text":"b"}]}"#;
        let body: Body<'_> = serde_json::from_str(json).unwrap();
        let read: Vec<_> =
            body.list.iter().map(|piece| piece.ok().and_then(|inner| inner.text.to_owned())).collect();
        assert_eq!(read, [Some("a".to_owned()), None, None, Some("b".to_owned())]);
        let body: Body<'_> = serde_json::from_str(r#"{"list":{"text":"alone"}}"#).unwrap();
        assert_eq!(body.list.len(), 1);
        let body: Body<'_> = serde_json::from_str(r#"{"list":"of the wrong type"}"#).unwrap();
        assert!(body.list.iter().all(|piece| piece.is_err()));
        assert_eq!(body.list.len(), 1, "it is not nothing");
        let body: Body<'_> = serde_json::from_str(r#"{"list":null}"#).unwrap();
        assert_eq!(body.list.len(), 0);
    }
}
