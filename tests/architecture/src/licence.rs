//! SPDX licence expressions, as far as crates use them: names, `OR`, `AND`, brackets, `WITH`, and the old slash.

/// Whether an expression can be met with licences that are all in `allowed`. An unreadable one cannot.
pub fn permits(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let met = any(&mut rest, allowed);
    met == Some(true) && rest.is_empty()
}

/// `a OR b`: one is enough. `None` when it does not make sense.
fn any(words: &mut &[&str], allowed: &[&str]) -> Option<bool> {
    let mut met = all(words, allowed)?;
    while let ["OR", rest @ ..] = *words {
        *words = rest;
        met |= all(words, allowed)?;
    }
    Some(met)
}

/// `a AND b`: all are needed. Binds tighter than `OR`.
fn all(words: &mut &[&str], allowed: &[&str]) -> Option<bool> {
    let mut met = one(words, allowed)?;
    while let ["AND", rest @ ..] = *words {
        *words = rest;
        met &= one(words, allowed)?;
    }
    Some(met)
}

fn one(words: &mut &[&str], allowed: &[&str]) -> Option<bool> {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let met = any(words, allowed)?;
            let [")", rest @ ..] = *words else { return None };
            *words = rest;
            Some(met)
        }
        [name, "WITH", exception, rest @ ..] => {
            *words = rest;
            Some(allowed.contains(&format!("{name} WITH {exception}").as_str()))
        }
        [name, rest @ ..] if !matches!(*name, "OR" | "AND" | "WITH" | ")") => {
            *words = rest;
            Some(allowed.contains(name))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::permits;

    #[test]
    fn expressions_mean_what_they_say() {
        let allowed = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"];
        for fine in [
            "MIT",
            "GPL-3.0 OR MIT",
            "GPL-3.0/Apache-2.0",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
            "GPL-3.0 AND MIT OR MIT",
        ] {
            assert!(permits(fine, &allowed), "{fine}");
        }
        for bad in ["GPL-3.0", "MIT AND GPL-3.0", "MIT WITH something", "(MIT", "MIT MIT", "", "OR MIT"] {
            assert!(!permits(bad, &allowed), "{bad}");
        }
    }
}
