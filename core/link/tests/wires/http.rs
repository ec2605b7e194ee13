use std::time::Duration;

use greenlane_driver::LinkKind;
use greenlane_link::{Event, Member, Op, Options, Wire, open};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::{next, next_event, spec};

/// A free port. Nothing else on the machine is likely to take it before the link does.
async fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string()
}

fn camera(path: &str) -> Member {
    Member { name: format!("camera {path}"), path: path.into(), kind: LinkKind::HttpPush { max: 100 } }
}

async fn end_point(query: &str, options: Options) -> (String, Wire) {
    let address = free_address().await;
    let url = format!("http://{address}/ocr{query}");
    let mut wire = open(spec(&url), vec![camera(""), camera("/rear")], options);
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    (address, wire)
}

/// Sends `head` (without its blank line) and `body`; the whole response.
async fn post(address: String, head: String, body: &'static str) -> String {
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let request = format!("{head}\r\nhost: lane\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    tokio::time::timeout(crate::GUARD, stream.read_to_string(&mut response))
        .await
        .expect("no response came")
        .unwrap();
    response
}

fn head(target: &str, length: usize, more: &str) -> String {
    format!("POST {target} HTTP/1.1\r\ncontent-length: {length}{more}")
}

#[tokio::test]
async fn a_device_gets_its_2xx_only_once_the_host_has_responded() {
    let (address, mut wire) = end_point("", Options::default()).await;
    let more = "\r\ncontent-type: application/json";
    let posting = tokio::spawn(post(address, head("/rear?lane=4", 11, more), "{\"a\": true}"));
    let request = next(&mut wire).await;
    let Event::Request { id, content_type, query, body } = request.event else { panic!("{request:?}") };
    assert_eq!(request.member, 1);
    assert_eq!(
        (content_type.as_str(), query.as_str(), &body[..]),
        ("application/json", "lane=4", &b"{\"a\": true}"[..])
    );
    assert!(!posting.is_finished(), "answered before the host responded");
    wire.ops.send((1, Op::Respond { id, status: 201, body: "kept".into() })).await.unwrap();
    let response = posting.await.unwrap();
    assert!(response.starts_with("HTTP/1.1 201 ") && response.ends_with("kept"), "{response}");
}

#[tokio::test]
async fn a_host_that_does_not_respond_in_time_means_503() {
    let options = Options { respond_timeout: Duration::from_millis(50), ..Options::default() };
    let (address, mut wire) = end_point("", options).await;
    let response = post(address.clone(), head("/ocr", 1, ""), "x").await;
    assert!(response.starts_with("HTTP/1.1 503 "), "{response}");
    let Event::Request { id, .. } = next_event(&mut wire).await else { panic!() };
    // A response that comes too late belongs to nobody, and not to the next request.
    wire.ops.send((0, Op::Respond { id, status: 200, body: "late".into() })).await.unwrap();
    let response = post(address, head("/ocr", 1, ""), "y").await;
    assert!(response.starts_with("HTTP/1.1 503 "), "{response}");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_before_it_is_read() {
    let (address, _wire) = end_point("", Options::default()).await;
    let response = post(address.clone(), head("/ocr", 1_000_000_000, ""), "").await;
    assert!(response.starts_with("HTTP/1.1 413 "), "{response}");
    let chunked = "POST /ocr HTTP/1.1\r\ntransfer-encoding: chunked".to_owned();
    let body = "65\r\n01234567890123456789012345678901234567890123456789\
                012345678901234567890123456789012345678901234567890\r\n0\r\n\r\n";
    let response = post(address, chunked, body).await;
    assert!(response.starts_with("HTTP/1.1 413 "), "101 bytes in chunks: {response}");
}

#[tokio::test]
async fn other_paths_and_methods_are_refused() {
    let (address, _wire) = end_point("", Options::default()).await;
    let response = post(address.clone(), head("/other", 1, ""), "x").await;
    assert!(response.starts_with("HTTP/1.1 404 "), "{response}");
    let response = post(address, "GET /ocr HTTP/1.1".into(), "").await;
    assert!(response.starts_with("HTTP/1.1 405 "), "{response}");
}

#[tokio::test]
async fn a_guarded_end_point_wants_its_secret() {
    // A variable that every test run has.
    let secret = std::env::var("PATH").unwrap();
    let (address, mut wire) = end_point("?secret_env=PATH", Options::default()).await;
    let wrong =
        ["".to_owned(), "\r\nx-greenlane-secret: x".into(), format!("\r\nx-greenlane-secret: {secret}x")];
    for header in wrong {
        let response = post(address.clone(), head("/ocr", 1, &header), "x").await;
        assert!(response.starts_with("HTTP/1.1 401 "), "{header:?}: {response}");
    }
    let right = format!("\r\nx-greenlane-secret: {secret}");
    let posting = tokio::spawn(post(address, head("/ocr", 1, &right), "x"));
    let Event::Request { id, .. } = next_event(&mut wire).await else { panic!("the secret was right") };
    wire.ops.send((0, Op::Respond { id, status: 200, body: String::new() })).await.unwrap();
    assert!(posting.await.unwrap().starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn an_end_point_without_its_secret_does_not_open() {
    let url = format!("http://{}/ocr?secret_env=GREENLANE_NO_SUCH_VARIABLE", free_address().await);
    let mut wire = open(spec(&url), vec![camera("")], Options::default());
    let events = crate::all_events(&mut wire).await;
    let [Event::Lost { reason }] = &events[..] else { panic!("{events:?}") };
    assert!(reason.contains("GREENLANE_NO_SUCH_VARIABLE"), "{reason}");
}

#[tokio::test]
async fn a_closed_wire_frees_its_address_and_its_connections() {
    let (address, wire) = end_point("", Options::default()).await;
    let mut idle = TcpStream::connect(&address).await.unwrap();
    let ops = wire.ops.clone();
    drop(wire);
    ops.closed().await;
    let mut rest = Vec::new();
    tokio::time::timeout(crate::GUARD, idle.read_to_end(&mut rest)).await.expect("left open").unwrap_or(0);
    let mut again = open(spec(&format!("http://{address}/")), vec![camera("")], Options::default());
    assert_eq!(next_event(&mut again).await, Event::Connected);
}
