//! An agent that is a model behind an endpoint that speaks OpenAI's chat completions, streamed.

mod ask;
mod chunk;
mod endpoint;
mod history;
mod http;
mod reader;

pub use ask::OpenAi;
pub use endpoint::Endpoint;
