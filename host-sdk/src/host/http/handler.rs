//! Who answers requests.

use crate::host::Instance;
use crate::protocol::{Error, ErrorCode, HandleRequest, HttpAnswer, HttpRequest};

/// What answers requests: a running channel. For hosts that reach their channels in another way, and for tests.
pub trait HttpHandler: Clone + Send + Sync + 'static {
    /// Answer one step of a request.
    ///
    /// # Errors
    /// The plugin's error.
    fn answer(&self, request: HttpRequest) -> impl Future<Output = Result<HttpAnswer, Error>> + Send;
}

impl HttpHandler for Instance {
    async fn answer(&self, request: HttpRequest) -> Result<HttpAnswer, Error> {
        let answer = self.handle(&HandleRequest::HttpRequest(request)).await?;
        // What serde says may quote the answer, and it is a stranger's request that is answered.
        serde_json::from_value(answer)
            .map_err(|_| Error::new(ErrorCode::Internal, "the plugin's result is no HTTP answer object"))
    }
}
