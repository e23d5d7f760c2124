//! What the help says of agents.

/// For `gateway run`.
pub const ABOUT: &str = "\
Agents:
  echo              says what it heard
  exec:CMD          a command (through the shell) that gets each message as JSON on stdin and prints its answer
  openai:MODEL      asks a model of any endpoint that speaks OpenAI's chat completions, and shows the answer while it is \
written. $OPENAI_BASE_URL says where it is [default: https://api.openai.com/v1], $OPENAI_API_KEY is its key, if it wants \
one. The last turns of each session are told to it again; they are kept in memory only
  openai:MODEL@URL  the same with the URL, for example openai:llama3:8b@http://127.0.0.1:11434/v1
  script            plays a built-in script: a plan, a tool, and an answer that is written bit by bit
  script:FILE       plays the steps of a JSON5 file

A command may stream too: when the first line that it prints is {\"stream\": 1}, each line after it is one step of a \
script as below, without times, in one line of JSON. When it asks something, that is its last line: it is run again with \
the answers so far as `answers`. A command that prints one object {\"text\": \"...\", \"buttons\": [[...]]} or with \
`presentation` answers with buttons. `model` in its JSON is what the session chose by /model.

The gateway itself answers /model, /models, /status, /new and /help of those who may give commands. A model that is chosen \
is asked at the agent's own endpoint.

Where the account has capabilities: [\"inlineButtons\"], commands get `hints` in their JSON and models a system message: \
texts that say how to give an answer buttons. In this host that is its last line: buttons=[[{\"text\": \"Yes\", \
\"callback_data\": \"yes\"}]]

A turn that an endpoint refuses for the moment (429, 5xx), breaks off or leaves in silence comes again.

A script is a list of steps. {text} in it is what was said, {answer} what people answered last; after_ms lets any step wait before. The answer is what text \
and partial have written, or what final says:

  [
    { plan: [{ text: \"Look it up\", status: \"in_progress\" }, { text: \"Answer\" }] },
    { after_ms: 500, tool: { name: \"web_search\", detail: \"{text}\" } },
    { after_ms: 900, tool: { name: \"web_search\", phase: \"done\" } },
    { reasoning: \"Not many know.\" },
    { text: \"You asked: {text}. Nobody knows.\", chunk: 5, every_ms: 80 }, // bit by bit
    // { ask: { text: \"Really?\", options: [\"Yes\", \"No\"], timeout_seconds: 60 } } waits for somebody's click;
    // { buttons: [[{ text: \"Again\", callback_data: \"again\" }]] } gives the answer buttons
    // or: { partial: \"You asked\" }, the whole text so far; { block: \"...\" }, a finished paragraph;
    // { final: \"...\" } and { fail: \"...\" } end the turn
  ]";
