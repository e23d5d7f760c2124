//! Asking a person.

use crate::failure::Failure;

/// So often a question is asked again.
const TRIES: usize = 3;

/// Somebody who can be asked.
pub trait Asker {
    /// Tell something.
    fn say(&mut self, text: &str);
    /// Ask for a line; an empty one is an empty text.
    fn line(&mut self, question: &str) -> Result<String, Failure>;
    /// Ask for something that nobody may see.
    fn secret(&mut self, question: &str) -> Result<String, Failure>;
}

/// Ask yes or no.
pub fn yes(asker: &mut dyn Asker, question: &str, usual: bool) -> Result<bool, Failure> {
    let choice = if usual { "[Y/n]" } else { "[y/N]" };
    until(asker, |asker| {
        Ok(match asker.line(&format!("{question} {choice} "))?.trim().to_lowercase().as_str() {
            "" => Ok(usual),
            "y" | "yes" => Ok(true),
            "n" | "no" => Ok(false),
            _ => Err("please answer y or n".to_owned()),
        })
    })
}

/// Ask until the answer will do.
pub fn until<T>(
    asker: &mut dyn Asker,
    mut ask: impl FnMut(&mut dyn Asker) -> Result<Result<T, String>, Failure>,
) -> Result<T, Failure> {
    for _ in 0..TRIES {
        match ask(asker)? {
            Ok(answer) => return Ok(answer),
            Err(why) => asker.say(&why),
        }
    }
    Err(Failure::new(
        "no usable answer was given",
        "see --help for the options that answer without being asked",
    ))
}
