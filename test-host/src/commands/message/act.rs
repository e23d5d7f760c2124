//! Actions on posts that stand already, asked of the channel from this process; a gateway may run or not.

use super::show;
use crate::cli::{By, Message, PostId};
use crate::client;
use crate::config;
use crate::failure::Failure;
use crate::plugins;
use crate::settings::Settings;
use host_sdk::host::Library;
use host_sdk::protocol::{
    Caller, ChannelAction, EditAction, Error, ErrorCode, HandleRequest, MessageAction, ReactAction,
    ReadAction, SearchAction, ThreadAction,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::Path;

/// The person at the command line.
const OPERATOR: Caller = Caller::Operator {};

/// Do what a command other than `send` says.
pub async fn run(settings: &Settings, command: Message) -> Result<(), Failure> {
    let config = config::load_for_channels(settings).await?.value;
    let asking = |by: By| Asking::new(settings, &config, by);
    match command {
        // It has a file of its own.
        Message::Send(_) => Ok(()),
        Message::React(options) => {
            let asking = asking(options.by)?;
            let remove = options.remove;
            let PostId { message_id, target } = options.post;
            let action = ReactAction {
                account_id: asking.account.clone(),
                caller: OPERATOR,
                target,
                message_id,
                emoji: options.emoji,
                remove,
                dry_run: asking.dry_run,
            };
            let done = asking.ask(HandleRequest::ActionReact(action)).await?;
            show::reacted(settings, &asking.label("react"), &done, remove);
            Ok(())
        }
        Message::Reactions(options) => {
            let asking = asking(options.by)?;
            let action = asking.on_post(options.post);
            let list = asking.ask(HandleRequest::ActionReactions(action)).await?;
            show::reactions(settings, &asking.label("reactions"), &list);
            Ok(())
        }
        Message::Read(options) => {
            let asking = asking(options.by)?;
            let action = ReadAction {
                account_id: asking.account.clone(),
                caller: OPERATOR,
                target: Some(options.target),
                limit: options.limit,
                before: options.before,
                after: options.after,
                dry_run: asking.dry_run,
            };
            let list = asking.ask(HandleRequest::ActionRead(action)).await?;
            show::messages(settings, &asking.label("read"), &list);
            Ok(())
        }
        Message::Edit(options) => {
            let asking = asking(options.by)?;
            let PostId { message_id, target } = options.post;
            let action = EditAction {
                account_id: asking.account.clone(),
                caller: OPERATOR,
                target,
                message_id,
                text: options.message,
                dry_run: asking.dry_run,
            };
            let done = asking.ask(HandleRequest::ActionEdit(action)).await?;
            show::done(settings, &asking.label("edit"), &done);
            Ok(())
        }
        Message::Delete(options) => {
            let asking = asking(options.by)?;
            let action = asking.on_post(options.post);
            let done = asking.ask(HandleRequest::ActionDelete(action)).await?;
            show::done(settings, &asking.label("delete"), &done);
            Ok(())
        }
        Message::Pin(options) => {
            let asking = asking(options.by)?;
            let action = asking.on_post(options.post);
            let done = asking.ask(HandleRequest::ActionPin(action)).await?;
            show::done(settings, &asking.label("pin"), &done);
            Ok(())
        }
        Message::Unpin(options) => {
            let asking = asking(options.by)?;
            let action = asking.on_post(options.post);
            let done = asking.ask(HandleRequest::ActionUnpin(action)).await?;
            show::done(settings, &asking.label("unpin"), &done);
            Ok(())
        }
        Message::Pins(options) => {
            let asking = asking(options.by)?;
            let action = asking.on_channel(options.target);
            let list = asking.ask(HandleRequest::ActionListPins(action)).await?;
            show::messages(settings, &asking.label("list-pins"), &list);
            Ok(())
        }
        Message::Thread(options) => {
            let asking = asking(options.by)?;
            let PostId { message_id, target } = options.post;
            let action = ThreadAction {
                account_id: asking.account.clone(),
                caller: OPERATOR,
                target,
                message_id,
                limit: options.limit,
                dry_run: asking.dry_run,
            };
            let list = asking.ask(HandleRequest::ActionThread(action)).await?;
            show::messages(settings, &asking.label("thread"), &list);
            Ok(())
        }
        Message::Search(options) => {
            let asking = asking(options.by)?;
            let action = SearchAction {
                account_id: asking.account.clone(),
                caller: OPERATOR,
                target: options.target,
                query: options.query,
                limit: options.limit,
                dry_run: asking.dry_run,
            };
            let list = asking.ask(HandleRequest::ActionSearch(action)).await?;
            show::messages(settings, &asking.label("search"), &list);
            Ok(())
        }
        Message::ChannelInfo(options) => {
            let asking = asking(options.by)?;
            let action = asking.on_channel(options.target);
            let info = asking.ask(HandleRequest::ActionChannelInfo(action)).await?;
            show::channel(settings, &asking.label("channel-info"), &info);
            Ok(())
        }
    }
}

/// One channel, asked by one account.
struct Asking<'a> {
    settings: &'a Settings,
    config: &'a Value,
    library: Library,
    account: Option<String>,
    dry_run: bool,
}

impl<'a> Asking<'a> {
    fn new(settings: &'a Settings, config: &'a Value, by: By) -> Result<Self, Failure> {
        let By { channel, account, dry_run } = by;
        Ok(Self { settings, config, library: plugins::channel(settings, &channel)?, account, dry_run })
    }

    fn on_post(&self, post: PostId) -> MessageAction {
        let PostId { message_id, target } = post;
        MessageAction {
            account_id: self.account.clone(),
            caller: OPERATOR,
            target,
            message_id,
            dry_run: self.dry_run,
        }
    }

    fn on_channel(&self, target: String) -> ChannelAction {
        ChannelAction {
            account_id: self.account.clone(),
            caller: OPERATOR,
            target: Some(target),
            dry_run: self.dry_run,
        }
    }

    fn label<'b>(&'b self, action: &'b str) -> show::Label<'b> {
        let info = self.library.info();
        show::Label { action, channel: &info.id, name: &info.name }
    }

    async fn ask<T: DeserializeOwned>(&self, request: HandleRequest) -> Result<T, Failure> {
        client::ask(self.settings, self.config, &self.library, &request)
            .await
            .map_err(|error| failed(error, self.config, &self.settings.config_file))
    }
}

fn failed(error: Error, config: &Value, file: &Path) -> Failure {
    let hint = match (error.code, error.field.as_deref()) {
        // The message has named the key that opens the gate.
        (ErrorCode::Forbidden, None) => Some(format!("the configuration is {}", file.display())),
        (_, Some(field)) => way_out(field),
        _ => None,
    };
    let failure = Failure::of_config(error, config, file);
    Failure { hint: failure.hint.or(hint), ..failure }
}

/// Which option is wrong.
fn way_out(field: &str) -> Option<String> {
    let option = match field {
        "target" => "--target; `directory groups list` and `directory peers list` show channels and people",
        "message_id" => "--message-id; `message read` shows the ids of posts",
        "emoji" => "--emoji",
        "text" => "--message",
        "query" => "--query",
        "limit" => "--limit",
        "before" => "--before",
        "after" => "--after",
        "account_id" => "--account; `channels status` shows the accounts",
        _ => return None,
    };
    Some(format!("check {option}"))
}
