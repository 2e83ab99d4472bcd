//! Puts sections between the markers of a document.

use super::Section;

/// The document with this text between the markers of the section.
///
/// # Errors
///
/// Which marker is missing.
pub fn insert(document: &str, section: Section, text: &str) -> Result<String, String> {
    let [begin, end] = ["begin", "end"].map(|what| format!("<!-- {} {what} -->", section.as_str()));
    let missing = |marker: &str| format!("there is no line {marker}");
    let (before, rest) = document.split_once(&begin).ok_or_else(|| missing(&begin))?;
    let (_, after) = rest.split_once(&end).ok_or_else(|| missing(&end))?;
    Ok(format!("{before}{begin}\n\n{text}\n\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "a\n<!-- times begin -->\nold\n<!-- times end -->\nb\n";

    #[test]
    fn what_is_between_the_markers_is_replaced_and_nothing_else() {
        let once = insert(DOCUMENT, Section::Times, "new").expect("both markers");
        assert_eq!(
            once,
            "a\n<!-- times begin -->\n\nnew\n\n<!-- times end -->\nb\n"
        );
        assert_eq!(insert(&once, Section::Times, "new"), Ok(once.clone()));
    }

    #[test]
    fn a_missing_marker_is_named() {
        let error = insert(DOCUMENT, Section::Memory, "new");
        assert_eq!(
            error,
            Err("there is no line <!-- memory begin -->".to_owned())
        );
    }
}
