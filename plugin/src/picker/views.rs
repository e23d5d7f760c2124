//! What a picker shows. Pure.

use super::action::Action;
use super::asked::Asked;
use super::catalogue::{Catalogue, Provider};
use crate::buttons::{Button, Style};

/// Providers that are shown as buttons. Those behind them are reached by `/oc_models <provider>`.
const MOST_PROVIDERS: usize = 40;
/// Characters of a name that are shown on a button.
const SHOWN: usize = 80;

/// What a picker shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// The model in use.
    Summary,
    /// Who offers models.
    Providers,
    /// A page of a provider's models.
    Models { provider: String, page: usize },
}

/// A picker as it is posted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Face {
    pub text: String,
    pub buttons: Vec<Button>,
}

impl From<Asked> for View {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Summary => Self::Summary,
            Asked::Providers => Self::Providers,
            Asked::Models(provider) => Self::Models { provider, page: 1 },
        }
    }
}

impl View {
    /// As it looks for its owner.
    pub(super) fn face(&self, catalogue: &Catalogue, owner: &str) -> Face {
        if catalogue.providers.is_empty() {
            let text = match &catalogue.current {
                Some(_) => format!("{}\n\nNo models are offered to choose from.", current(catalogue)),
                None => "No models are configured.".to_owned(),
            };
            return Face { text, buttons: Vec::new() };
        }
        match self {
            Self::Summary => summary(catalogue, owner),
            Self::Providers => providers(catalogue, owner),
            Self::Models { provider, page } => match catalogue.provider(provider) {
                Some(provider) => models(catalogue, provider, *page, owner),
                None => unknown(provider, owner),
            },
        }
    }
}

fn summary(catalogue: &Catalogue, owner: &str) -> Face {
    let text = format!(
        "{}\n\nSwitch: `/oc_model <provider/model>`\nBrowse: `/oc_models`, or `/oc_models <provider>`",
        current(catalogue)
    );
    let browse = Action::Providers.button(owner, "Browse providers".to_owned(), Style::Primary);
    Face { text, buttons: vec![browse] }
}

fn providers(catalogue: &Catalogue, owner: &str) -> Face {
    let mut text = format!("**Providers of models**\n{}\n\nChoose a provider:", current(catalogue));
    let all = catalogue.providers.len();
    if all > MOST_PROVIDERS {
        text += &format!(
            "\n{} more are not shown here: write `/oc_models <provider>`.",
            all.saturating_sub(MOST_PROVIDERS)
        );
    }
    let button = |provider: &Provider| {
        let style = style(catalogue.is_current(&provider.id, None));
        let name = format!("{} ({})", shortened(&provider.id), provider.models.len());
        Action::List { provider: provider.id.clone(), page: 1 }.button(owner, name, style)
    };
    Face { text, buttons: catalogue.providers.iter().take(MOST_PROVIDERS).map(button).collect() }
}

fn models(catalogue: &Catalogue, provider: &Provider, page: usize, owner: &str) -> Face {
    let (page, pages) = (provider.nearest(page), provider.pages());
    let count = provider.models.len();
    let plural = if count == 1 { "" } else { "s" };
    let text = format!(
        "**Models of** {} ({count} model{plural})\n{}\nPage {page}/{pages}",
        code(&provider.id),
        current(catalogue)
    );
    let mut buttons: Vec<Button> = provider
        .page(page)
        .iter()
        .map(|model| {
            let is_current = catalogue.is_current(&provider.id, Some(model));
            let mark = if is_current { " [current]" } else { "" };
            let choose = Action::Select { provider: provider.id.clone(), page, model: model.clone() };
            choose.button(owner, format!("{}{mark}", shortened(model)), style(is_current))
        })
        .collect();
    let turn = |name: &str, page: usize| {
        Action::List { provider: provider.id.clone(), page }.button(owner, name.to_owned(), Style::Default)
    };
    if page > 1 {
        buttons.push(turn("Prev", page - 1));
    }
    if page < pages {
        buttons.push(turn("Next", page + 1));
    }
    buttons.push(back(owner));
    Face { text, buttons }
}

fn unknown(provider: &str, owner: &str) -> Face {
    let text = format!("The provider {} is not known, or offers no models.", code(&shortened(provider)));
    Face { text, buttons: vec![back(owner)] }
}

fn back(owner: &str) -> Button {
    Action::Back.button(owner, "Back to providers".to_owned(), Style::Default)
}

fn style(is_current: bool) -> Style {
    if is_current { Style::Primary } else { Style::Default }
}

fn current(catalogue: &Catalogue) -> String {
    match &catalogue.current {
        Some(name) => {
            format!("Current: {}", code(&format!("{}/{}", shortened(&name.provider), shortened(&name.model))))
        }
        None => "Current: the default model".to_owned(),
    }
}

/// A name that is no markup and means nobody.
fn code(name: &str) -> String {
    format!("`{}`", name.replace('`', "'"))
}

fn shortened(name: &str) -> String {
    match name.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::Catalogue;
    use super::{Face, View};
    use crate::buttons::{Style, check_all};
    use host_sdk::protocol::{ModelCatalogue, ModelName, ModelProvider};

    fn catalogue(providers: &[(&str, usize)]) -> Catalogue {
        let providers = providers.iter().map(|(id, count)| ModelProvider {
            id: (*id).to_owned(),
            models: (0..*count).map(|number| format!("m{number:02}")).collect(),
        });
        let current = ModelName { provider: "a".to_owned(), model: "m08".to_owned() };
        Catalogue::new(ModelCatalogue { providers: providers.collect(), current: Some(current) })
    }

    fn names(face: &Face) -> Vec<&str> {
        face.buttons.iter().map(|button| button.name.as_str()).collect()
    }

    fn primary(face: &Face) -> Vec<&str> {
        let primary = face.buttons.iter().filter(|button| button.style == Style::Primary);
        primary.map(|button| button.name.as_str()).collect()
    }

    fn models(provider: &str, page: usize) -> View {
        View::Models { provider: provider.to_owned(), page }
    }

    #[test]
    fn a_summary_says_the_current_model_and_leads_to_the_providers() {
        let face = View::Summary.face(&catalogue(&[("a", 9)]), "u1");
        assert!(face.text.starts_with("Current: `a/m08`\n"), "{}", face.text);
        assert!(face.text.contains("/oc_model <provider/model>"));
        assert_eq!((names(&face), primary(&face)), (vec!["Browse providers"], vec!["Browse providers"]));
        assert_eq!(face.buttons[0].value, "mdlproved50977c893c");
    }

    #[test]
    fn providers_are_shown_with_the_number_of_their_models() {
        let face = View::Providers.face(&catalogue(&[("b", 1), ("a", 9)]), "u1");
        assert_eq!((names(&face), primary(&face)), (vec!["b (1)", "a (9)"], vec!["a (9)"]));
    }

    #[test]
    fn models_are_shown_eight_at_a_time() {
        let catalogue = catalogue(&[("a", 20)]);
        let turns = |page| {
            let face = models("A", page).face(&catalogue, "u1");
            let header = face.text.lines().last().unwrap().to_owned();
            (
                header,
                names(&face)
                    .into_iter()
                    .skip_while(|name| name.starts_with('m'))
                    .collect::<Vec<_>>()
                    .join(" "),
            )
        };
        assert_eq!(turns(1), ("Page 1/3".to_owned(), "Next Back to providers".to_owned()));
        assert_eq!(turns(2), ("Page 2/3".to_owned(), "Prev Next Back to providers".to_owned()));
        assert_eq!(turns(3), ("Page 3/3".to_owned(), "Prev Back to providers".to_owned()));
        assert_eq!(turns(99).0, "Page 3/3");
        let second = models("a", 2).face(&catalogue, "u1");
        assert_eq!(names(&second)[..2], ["m08 [current]", "m09"]);
        assert_eq!(primary(&second), ["m08 [current]"]);
        assert!(second.text.contains("(20 models)") && second.text.contains("Current: `a/m08`"));
    }

    #[test]
    fn what_is_not_there_is_said() {
        let unknown = models("x`@all", 1).face(&catalogue(&[("a", 1)]), "u1");
        assert!(unknown.text.contains("`x'@all` is not known"), "{}", unknown.text);
        assert_eq!(names(&unknown), ["Back to providers"]);
        let nothing = View::Providers.face(&Catalogue::default(), "u1");
        assert_eq!(nothing, Face { text: "No models are configured.".to_owned(), buttons: vec![] });
    }

    #[test]
    fn however_many_there_are_a_view_fits_a_post() {
        let long = "p".repeat(500);
        let mut providers: Vec<(String, usize)> =
            (0..3_000).map(|number| (format!("p{number}"), 3)).collect();
        providers.push((long.clone(), 5_000));
        let providers: Vec<(&str, usize)> =
            providers.iter().map(|(id, count)| (id.as_str(), *count)).collect();
        let catalogue = catalogue(&providers);
        for view in [View::Summary, View::Providers, models(&long, 300), models(&"y".repeat(9_000), 1)] {
            let face = view.face(&catalogue, "u1");
            check_all(&face.buttons).unwrap();
            assert!(face.text.chars().count() < 1_000, "{}", face.text);
        }
        assert!(View::Providers.face(&catalogue, "u1").text.contains("2961 more"));
    }
}
