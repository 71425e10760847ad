//! `application/x-www-form-urlencoded`, decoded to bytes: signatures are over what was sent, not over what can be shown.

use std::borrow::Cow;

/// A name and its value, in the order sent. Blank values are kept.
pub(super) type Pair<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

/// Splits and decodes a body or a query.
pub(super) fn pairs(encoded: &[u8]) -> Vec<Pair<'_>> {
    encoded
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| match pair.iter().position(|byte| *byte == b'=') {
            Some(at) => (decode(&pair[..at]), decode(&pair[at + 1..])),
            None => (decode(pair), Cow::Borrowed(&[][..])),
        })
        .collect()
}

/// `+` is a space, `%XX` a byte; a `%` that starts no escape stands for itself.
fn decode(encoded: &[u8]) -> Cow<'_, [u8]> {
    if !encoded.iter().any(|byte| matches!(byte, b'+' | b'%')) {
        return Cow::Borrowed(encoded);
    }
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => decoded.push(b' '),
            b'%' => match after {
                [high, low, after @ ..] => match (hex(*high), hex(*low)) {
                    (Some(high), Some(low)) => {
                        decoded.push(high << 4 | low);
                        rest = after;
                    }
                    _ => decoded.push(b'%'),
                },
                _ => decoded.push(b'%'),
            },
            other => decoded.push(other),
        }
    }
    Cow::Owned(decoded)
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn values_are_decoded_as_senders_encode_them() {
        let read = pairs(
            b"Body=Hi%2C+%2B1+%26%20ok%3F&Empty=&Alone&&Bad=100%&Worse=%zz&A=1&A=2&U=%F0%9F%91%8D&X=%ff",
        );
        let read: Vec<_> = read.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        let expected: Vec<(&[u8], &[u8])> = vec![
            (b"Body", b"Hi, +1 & ok?"),
            (b"Empty", b""),
            (b"Alone", b""),
            (b"Bad", b"100%"),
            (b"Worse", b"%zz"),
            (b"A", b"1"),
            (b"A", b"2"),
            (b"U", "👍".as_bytes()),
            (b"X", b"\xff"),
        ];
        assert_eq!(read, expected);
        assert!(pairs(b"").is_empty());
    }
}
