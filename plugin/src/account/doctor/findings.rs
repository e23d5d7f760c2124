//! What is found, one line each.

use host_sdk::protocol::{Finding, FindingLevel};

/// The findings of one account.
pub(super) struct Findings {
    account_id: String,
    pub found: Vec<Finding>,
}

impl Findings {
    /// None yet.
    pub(super) fn of(account_id: &str) -> Self {
        Self { account_id: account_id.to_owned(), found: Vec::new() }
    }

    fn add(&mut self, check: &str, level: FindingLevel, message: String, way_out: Option<&str>) {
        self.found.push(Finding {
            account_id: self.account_id.clone(),
            check: check.to_owned(),
            level,
            message,
            way_out: way_out.map(str::to_owned),
        });
    }

    pub(super) fn ok(&mut self, check: &str, message: String) {
        self.add(check, FindingLevel::Ok, message, None);
    }

    pub(super) fn warn(&mut self, check: &str, message: String, way_out: &str) {
        self.add(check, FindingLevel::Warning, message, Some(way_out));
    }

    pub(super) fn error(&mut self, check: &str, message: String, way_out: &str) {
        self.add(check, FindingLevel::Error, message, Some(way_out));
    }
}
