//! What somebody may have meant.

/// Names that are offered.
const MOST: usize = 3;
/// Names that are less alike are another name.
const ALIKE: f64 = 0.75;

/// The names that are most like `wanted`, the most likely first; names that contain it count too.
pub(super) fn nearest(wanted: &str, known: impl IntoIterator<Item = String>) -> Vec<String> {
    let likeness = |name: &str| {
        let name = name.to_lowercase();
        let alike = strsim::jaro_winkler(wanted, &name);
        if wanted.chars().count() > 2 && name.contains(wanted) { alike.max(ALIKE) } else { alike }
    };
    let mut near: Vec<(f64, String)> = known
        .into_iter()
        .map(|name| (likeness(&name), name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    near.dedup_by(|a, b| a.1 == b.1);
    near.truncate(MOST);
    near.into_iter().map(|(_, name)| name).collect()
}

/// The end of a sentence that names them; empty when there are none.
pub(super) fn did_you_mean(names: &[String]) -> String {
    match names {
        [] => String::new(),
        names => format!("; did you mean {}?", names.join(" or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_and_parts_are_recognised_and_other_names_are_not() {
        let near =
            |wanted| nearest(wanted, ["town-square", "off-topic", "ops", "ops-alerts"].map(str::to_owned));
        assert_eq!(near("town-sqare"), ["town-square"]);
        assert_eq!(near("square"), ["town-square"]);
        assert_eq!(near("opps"), ["ops"]);
        assert_eq!(near("zebra"), [""; 0]);
    }
}
