use proptest::prelude::*;

use super::*;

const GET: &str = "GET /api/v4/users/me HTTP/1.1\r\nHost: x\r\n\r\n";
const CHUNKED: &str = "POST /api/v4/files HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\
     3;x=y\r\nabc\r\n15\r\nPOST /api/v4/posts \r\n\r\n\r\n0\r\nTrailer: 1\r\n\r\n";
const UPGRADE: &str =
    "GET /api/v4/websocket HTTP/1.1\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n";

fn post(body: &str) -> String {
    format!("POST /api/v4/posts HTTP/1.1\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// What comes of a stream that is read in pieces of these sizes: the bytes, and where posts began and ended.
fn followed(stream: &[u8], sizes: &[usize]) -> (Vec<u8>, Vec<(usize, bool)>) {
    let (mut sniffer, mut sizes) = (Sniffer::default(), sizes.iter().cycle());
    let (mut bytes, mut marks, mut rest) = (Vec::new(), Vec::new(), stream);
    while !rest.is_empty() {
        let (piece, later) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
        rest = later;
        for step in sniffer.feed(piece) {
            match step {
                Step::PostBegins => marks.push((bytes.len(), true)),
                Step::PostEnds => marks.push((bytes.len(), false)),
                Step::Bytes(more) => bytes.extend(more),
            }
        }
    }
    bytes.extend(sniffer.rest());
    (bytes, marks)
}

/// The places of these requests in their stream.
fn marks(requests: &[(&str, bool)]) -> (String, Vec<(usize, bool)>) {
    let (mut stream, mut marks) = (String::new(), Vec::new());
    for (request, is_post) in requests {
        let begin = stream.len();
        stream.push_str(request);
        if *is_post {
            marks.extend([(begin, true), (stream.len(), false)]);
        }
    }
    (stream, marks)
}

#[test]
fn posts_are_found_among_other_requests() {
    let (one, two) = (post("{}"), post("POST /api/v4/posts HTTP/1.1\r\n\r\n"));
    let patch = "PUT /api/v4/posts/x/patch HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";
    let other = "POST /api/v4/posts/ids HTTP/1.1\r\nContent-Length: 2\r\n\r\n[]";
    let empty = post("");
    let (stream, wanted) = marks(&[
        (GET, false),
        (&one, true),
        (CHUNKED, false),
        (&two, true),
        (patch, false),
        ("\r\n", false),
        (&empty, true),
        (other, false),
        (&one, true),
    ]);
    for sizes in [&[1][..], &[7, 3], &[100_000]] {
        assert_eq!(followed(stream.as_bytes(), sizes), (stream.clone().into_bytes(), wanted.clone()));
    }
}

#[test]
fn a_chunked_post_ends_with_its_trailer() {
    let chunked = CHUNKED.replace("POST /api/v4/files", "POST /api/v4/posts");
    let (stream, wanted) = marks(&[(&chunked, true), (GET, false)]);
    assert_eq!(followed(stream.as_bytes(), &[5]), (stream.clone().into_bytes(), wanted));
}

#[test]
fn nothing_is_sought_after_an_upgrade_or_in_what_is_not_http() {
    let one = post("{}");
    let tls = "\u{16}\u{3}\u{1}";
    for before in
        [UPGRADE, tls, "garbage\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "CONNECT x:1 HTTP/1.1\r\n\r\n"]
    {
        let (stream, _) = marks(&[(before, false), (&one, true)]);
        assert_eq!(followed(stream.as_bytes(), &[4]), (stream.clone().into_bytes(), vec![]), "{before:?}");
    }
}

#[test]
fn only_what_may_begin_a_post_is_held_back() {
    let mut sniffer = Sniffer::default();
    assert_eq!(sniffer.feed(b"POST /api/v4/po"), []);
    assert_eq!(sniffer.feed(b"lls"), [Step::Bytes(b"POST /api/v4/polls".to_vec())]);
    assert_eq!(sniffer.feed(b"x"), [Step::Bytes(b"x".to_vec())]);
}

proptest! {
    #[test]
    fn every_byte_comes_out_again_in_order(
        parts in proptest::collection::vec(
            prop_oneof![
                Just(GET.as_bytes().to_vec()),
                Just(CHUNKED.as_bytes().to_vec()),
                Just(post("{}").into_bytes()),
                Just(UPGRADE.as_bytes().to_vec()),
                Just(b"POST /api".to_vec()),
                proptest::collection::vec(any::<u8>(), 0..40),
            ],
            0..8,
        ),
        sizes in proptest::collection::vec(1_usize..50, 1..10),
    ) {
        let stream = parts.concat();
        prop_assert_eq!(followed(&stream, &sizes).0, stream);
    }
}
