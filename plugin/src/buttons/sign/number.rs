//! How programs write a number in JSON.
//!
//! The server reads every number into 64 bits of floating point and writes it back as JavaScript would. What a script
//! wrote before, `1` or `1.0`, cannot be seen any more.

/// The first whole number beyond which not every whole number is one of 64 bits of floating point.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A number without its sign: `0.digits * 10^point`, with as few digits as tell it from its neighbours.
struct Decimal {
    negative: bool,
    digits: String,
    point: i32,
}

impl Decimal {
    fn of(number: f64) -> Self {
        let mut text = format!("{:e}", number.abs());
        // Of several that are as short, the nearest one, and of two that are as near the even one.
        let length = text.bytes().take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit).count();
        let nearest = format!("{:.*e}", length.saturating_sub(1), number.abs());
        if nearest.parse() == Ok(number.abs()) {
            text = nearest;
        }
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
        let point = exponent.parse::<i32>().unwrap_or(0) + 1;
        Self { negative: number.is_sign_negative(), digits, point }
    }

    /// Without an exponent.
    fn plain(&self) -> String {
        let length = i32::try_from(self.digits.len()).unwrap_or(i32::MAX);
        let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
        if self.point >= length {
            format!("{}{}", self.digits, zeros(self.point - length))
        } else if self.point > 0 {
            let (whole, rest) = self.digits.split_at(usize::try_from(self.point).unwrap_or(0));
            format!("{whole}.{rest}")
        } else {
            format!("0.{}{}", zeros(-self.point), self.digits)
        }
    }

    /// With an exponent of at least so many digits.
    fn scientific(&self, width: usize) -> String {
        let (first, rest) = self.digits.split_at(1.min(self.digits.len()));
        let dot = if rest.is_empty() { "" } else { "." };
        let exponent = self.point - 1;
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{first}{dot}{rest}e{sign}{:0width$}", exponent.abs())
    }

    fn signed(&self, text: &str) -> String {
        if self.negative { format!("-{text}") } else { text.to_owned() }
    }
}

/// As `JSON.stringify` of JavaScript, and as the server.
pub(super) fn javascript(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let decimal = Decimal::of(number);
    let text = if (-5..=21).contains(&decimal.point) { decimal.plain() } else { decimal.scientific(1) };
    decimal.signed(&text)
}

/// As `json.dumps` of Python writes a `float`.
pub(super) fn python_float(number: f64) -> String {
    let decimal = Decimal::of(number);
    let text = match decimal.point {
        _ if number == 0.0 => "0.0".to_owned(),
        -3..=16 => {
            let text = decimal.plain();
            if text.contains('.') { text } else { format!("{text}.0") }
        }
        _ => decimal.scientific(2),
    };
    decimal.signed(&text)
}

/// A whole number without an exponent: its shortest digits and zeros, or all the digits that it really has.
pub(super) fn whole(number: f64, exact: bool) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    if exact {
        return format!("{number:.0}");
    }
    let decimal = Decimal::of(number);
    decimal.signed(&decimal.plain())
}

/// A number that a script may have written as `1` or as `1.0`. Minus zero is written with a point only.
pub(super) fn is_whole(number: f64) -> bool {
    number.fract() == 0.0 && !(number == 0.0 && number.is_sign_negative())
}

/// A whole number whose shortest digits may not be all of its digits.
pub(super) fn is_large(number: f64) -> bool {
    number.abs() >= EXACT && is_whole(number)
}

#[cfg(test)]
#[allow(clippy::excessive_precision, reason = "tests read better")]
mod tests {
    use super::{javascript, python_float, whole};

    #[test]
    fn numbers_are_written_as_javascript_and_python_write_them() {
        for (number, js, python) in [
            (0.0, "0", "0.0"),
            (-0.0, "0", "-0.0"),
            (1.0, "1", "1.0"),
            (-12.5, "-12.5", "-12.5"),
            (0.1, "0.1", "0.1"),
            (1e-4, "0.0001", "0.0001"),
            (1e-5, "0.00001", "1e-05"),
            (1.5e-6, "0.0000015", "1.5e-06"),
            (1e-7, "1e-7", "1e-07"),
            (123_456_789.0, "123456789", "123456789.0"),
            (1e15, "1000000000000000", "1000000000000000.0"),
            (1e16, "10000000000000000", "1e+16"),
            (1e20, "100000000000000000000", "1e+20"),
            (1e21, "1e+21", "1e+21"),
            (1.25e300, "1.25e+300", "1.25e+300"),
            (5e-324, "5e-324", "5e-324"),
            (2_002_185_714_285_714.25, "2002185714285714.2", "2002185714285714.2"),
            (9_007_199_254_740_993.0, "9007199254740992", "9007199254740992.0"),
            (12_345_678_901_234_567_890.0, "12345678901234567000", "1.2345678901234567e+19"),
        ] {
            assert_eq!(javascript(number), js);
            assert_eq!(python_float(number), python);
        }
    }

    #[test]
    fn whole_numbers_have_their_shortest_digits_or_all_of_them() {
        let sixty = 1_152_921_504_606_846_976.0;
        assert_eq!(
            (whole(sixty, false), whole(sixty, true)),
            ("1152921504606847000".to_owned(), "1152921504606846976".to_owned())
        );
        assert_eq!(whole(1e22, false), "10000000000000000000000");
        assert_eq!((whole(-7.0, true), whole(0.0, true)), ("-7".to_owned(), "0".to_owned()));
    }
}
