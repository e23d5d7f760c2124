//! How answers go out: their size, their look, and how often a refused one is tried.

use super::node::{Layers, Node};
use super::words::words;
use std::time::Duration;

words! {
    /// Where a long answer is cut.
    #[derive(Default)]
    ChunkMode {
        /// Where the limit is reached, at the best place before it.
        #[default]
        Length = "length",
        /// At blank lines, as long as the parts between them fit.
        Newline = "newline",
    }
}

words! {
    /// What becomes of a Markdown table.
    #[derive(Default)]
    Tables {
        /// It stays: Mattermost shows tables.
        #[default]
        Off = "off",
        /// A list.
        Bullets = "bullets",
        /// A block of code.
        Code = "code",
        /// As [`Tables::Code`] here.
        Block = "block",
    }
}

words! {
    /// What is shown while an answer is being written.
    #[derive(Default)]
    StreamMode {
        /// Nothing.
        Off = "off",
        /// What there is of it so far.
        #[default]
        Partial = "partial",
        /// Its finished parts.
        Block = "block",
        /// What the agent is doing.
        Progress = "progress",
    }
}

words! {
    /// How a command that the agent runs is shown.
    #[derive(Default)]
    CommandText {
        /// With its text.
        Raw = "raw",
        /// As a word on what is going on.
        #[default]
        Status = "status",
    }
}

/// What heads the preview of the progress.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ProgressLabel {
    /// One of `labels`.
    #[default]
    Auto,
    /// Nothing.
    None,
    /// This.
    Text(String),
}

/// `streaming.progress`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The headline.
    pub label: ProgressLabel,
    /// What [`ProgressLabel::Auto`] chooses from; never empty.
    pub labels: Vec<String>,
    /// Lines that are shown.
    pub max_lines: u64,
    /// UTF-16 units per line.
    pub max_line_chars: u64,
    /// Every tool is shown.
    pub tools: bool,
    /// How commands are shown.
    pub commands: CommandText,
}

/// `streaming.block.coalesce`: how the parts of an answer are merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coalesce {
    /// Fewer characters wait for more.
    pub min_chars: u64,
    /// More characters do not wait.
    pub max_chars: Option<u64>,
    /// Nothing waits longer.
    pub idle: Duration,
}

/// `streaming`: what is shown while an answer is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Streaming {
    /// What is shown.
    pub mode: StreamMode,
    /// Tools are shown in the preview.
    pub preview_tools: bool,
    /// How commands are shown in the preview.
    pub preview_commands: CommandText,
    /// The preview of [`StreamMode::Progress`].
    pub progress: Progress,
    /// The finished parts of an answer go out as posts of their own while previews are off; `None`: the host decides.
    pub blocks: Option<bool>,
    /// How these parts are merged.
    pub coalesce: Coalesce,
}

impl Default for Streaming {
    fn default() -> Self {
        Self::read(Node::default())
    }
}

impl Streaming {
    pub(super) fn read(node: Node<'_>) -> Self {
        let (preview, progress, block) = (node.node("preview"), node.node("progress"), node.node("block"));
        let coalesce = block.node("coalesce");
        let labels = progress.texts("labels").filter(|labels| !labels.is_empty());
        Self {
            mode: node.word("mode").unwrap_or_default(),
            preview_tools: preview.flag("toolProgress").unwrap_or(true),
            preview_commands: preview.word("commandText").unwrap_or_default(),
            progress: Progress {
                label: match (progress.flag("label"), progress.text("label")) {
                    (Some(_), _) => ProgressLabel::None,
                    (None, None | Some("auto")) => ProgressLabel::Auto,
                    (None, Some(text)) => ProgressLabel::Text(text.to_owned()),
                },
                labels: labels.unwrap_or_else(|| vec!["Working".to_owned()]),
                max_lines: progress.whole("maxLines").unwrap_or(8),
                max_line_chars: progress.whole("maxLineChars").unwrap_or(120),
                tools: progress.flag("toolProgress").unwrap_or(false),
                commands: progress.word("commandText").unwrap_or_default(),
            },
            blocks: block.flag("enabled"),
            coalesce: Coalesce {
                min_chars: coalesce.whole("minChars").unwrap_or(1_500),
                max_chars: coalesce.whole("maxChars"),
                idle: Duration::from_millis(coalesce.whole("idleMs").unwrap_or(1_000)),
            },
        }
    }
}

/// `dmChannelRetry`: how often the opening of a direct channel is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DmChannelRetry {
    /// Tries after the first one.
    pub max_retries: u64,
    /// The wait before the second try.
    pub initial_delay: Duration,
    /// The longest wait.
    pub max_delay: Duration,
    /// How long one try may take.
    pub timeout: Duration,
}

impl Default for DmChannelRetry {
    fn default() -> Self {
        Self::read(Node::default())
    }
}

impl DmChannelRetry {
    pub(super) fn read(node: Node<'_>) -> Self {
        let wait = |key, otherwise| Duration::from_millis(node.whole(key).unwrap_or(otherwise));
        Self {
            max_retries: node.whole("maxRetries").unwrap_or(3),
            initial_delay: wait("initialDelayMs", 1_000),
            max_delay: wait("maxDelayMs", 10_000),
            timeout: wait("timeoutMs", 30_000),
        }
    }
}

/// The limit on a post's text that OpenClaw uses for Mattermost.
pub const CHUNK: usize = 4_000;
/// The limit on the files that are read, in bytes, where none is configured.
pub(super) const MEDIA: u64 = 8 * MIB;
const MIB: u64 = 1024 * 1024;

/// `textChunkLimit`, which an account without a limit of its own takes from the section.
pub(super) fn text_chunk_limit(layers: &Layers<'_>) -> usize {
    let limit = |node: Node<'_>| node.whole("textChunkLimit").filter(|limit| *limit > 0);
    let limit = limit(layers.own).or_else(|| limit(layers.root));
    limit.map_or(CHUNK, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

/// `streaming.chunkMode`, also where the account has a `streaming` without one.
pub(super) fn chunk_mode(layers: &Layers<'_>) -> ChunkMode {
    layers.through("streaming", |node| node.word("chunkMode")).unwrap_or_default()
}

/// `markdown.tables`, also where the account has a `markdown` without it.
pub(super) fn tables(layers: &Layers<'_>) -> Tables {
    layers.through("markdown", |node| node.word("tables")).unwrap_or_default()
}

/// `responsePrefix`, else the one of all channels.
pub(super) fn response_prefix(layers: &Layers<'_>) -> Option<String> {
    let own = layers.merged.text("responsePrefix");
    let prefix = own.or_else(|| layers.config.node("messages").text("responsePrefix"));
    prefix.filter(|prefix| !prefix.is_empty()).map(str::to_owned)
}

/// `mediaMaxMb`, else the agents' one, in bytes. It may have a fraction.
pub(super) fn media_max(layers: &Layers<'_>) -> Option<u64> {
    let number = |node: Node<'_>| node.number("mediaMaxMb").filter(|number| *number > 0.0);
    let number = number(layers.merged).or_else(|| number(layers.config.walk("agents.defaults")))?;
    // Saturating by definition of `as`; a fraction of a byte is no byte.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    Some((number * MIB as f64) as u64)
}
