//! What an agent thinks aloud is not for the conversation.

/// Is the text the agent's reasoning rather than its answer? It says so at its beginning: `Reasoning:`, or a quotation
/// that begins with `Thinking...`.
#[must_use]
pub fn is_reasoning(text: &str) -> bool {
    let text = text.trim_start();
    if let Some(quoted) = text.strip_prefix('>') {
        let head = bare(quoted.trim_start_matches(['>', ' ', '\t']));
        return begins(head, "thinking...") || begins(head, "thinking…") || begins(head, "reasoning:");
    }
    begins(bare(text), "reasoning:")
}

/// Without the marks of an emphasis.
fn bare(text: &str) -> &str {
    text.trim_start_matches(['*', '_'])
}

fn begins(text: &str, head: &str) -> bool {
    let mut chars = text.chars();
    head.chars().all(|c| chars.next().is_some_and(|other| other.to_lowercase().eq(c.to_lowercase())))
}

#[cfg(test)]
mod tests {
    use super::is_reasoning;

    #[test]
    fn reasoning_says_so_at_its_beginning() {
        for text in [
            "Reasoning:\nfirst I look",
            "  reasoning: hm",
            "_Reasoning:_ hm",
            "**Reasoning:** hm",
            "> Thinking...\n> about it",
            "> _Thinking…_",
            ">Thinking... more",
        ] {
            assert!(is_reasoning(text), "{text}");
        }
        for text in [
            "",
            "Reasoning is hard",
            "My reasoning: none",
            "Thinking... done",
            "> quoted\n\nThinking...",
            "Answer\n> Thinking...",
        ] {
            assert!(!is_reasoning(text), "{text}");
        }
    }
}
