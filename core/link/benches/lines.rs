#![allow(clippy::expect_used, reason = "a bench that cannot start has nothing to measure")]
//! Lines a second: through the framer alone, and over a loopback TCP connection to the host's queue.
//! `cargo bench -p greenlane-link`

use bytes::Bytes;
use greenlane_driver::LinkKind;
use greenlane_link::{Event, Framer, LinkSpec, Member, Options, Piece, open};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

const LINES: usize = 400_000;

fn main() {
    divan::main();
}

fn text() -> Bytes {
    (0..LINES)
        .map(|number| format!("GS,{:06},{number:06},000253,000252\r\n", number % 7))
        .collect::<String>()
        .into()
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn framer_400_000_lines(bencher: divan::Bencher<'_, '_>) {
    let text = text();
    bencher.counter(divan::counter::BytesCount::new(text.len())).bench_local(|| {
        let mut framer = Framer::new(&LinkKind::Lines { max: 256 });
        let mut lines = 0;
        for chunk in text.chunks(16 * 1024) {
            framer.space().extend_from_slice(chunk);
            while let Some(piece) = framer.next_piece() {
                lines += usize::from(matches!(piece, Piece::Frame(_)));
            }
        }
        assert_eq!(lines, LINES);
    });
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn tcp_400_000_lines(bencher: divan::Bencher<'_, '_>) {
    let text = text();
    bencher.counter(divan::counter::ItemsCount::new(LINES)).bench_local(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(pass(text.clone()));
    });
}

/// One connection from its first byte to its end.
async fn pass(text: Bytes) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            let listener =
                TcpListener::from_std(listener.into_std().expect("a listener")).expect("a listener");
            let (mut device, _) = listener.accept().await.expect("a connection");
            device.write_all(&text).await.expect("the link reads");
        });
    });
    let spec: LinkSpec = format!("tcp://{address}").parse().expect("a link");
    let kind = LinkKind::Lines { max: 256 };
    let member = Member { name: "portal".into(), path: String::new(), kind };
    let mut wire = open(spec, vec![member], Options::default());
    let mut lines = 0;
    while lines < LINES {
        let stamped = wire.events.recv().await.expect("the wire ended");
        lines += usize::from(matches!(stamped.event, Event::Frame(_)));
    }
    server.join().expect("the server ended well");
}
