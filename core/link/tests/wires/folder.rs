use std::fs;
use std::io::Write;

use greenlane_driver::LinkKind;
use greenlane_link::{Event, Wire};

use crate::{is_lost, member, next_event, open_one};

const SHA256_OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn watch(folder: &std::path::Path, query: &str) -> Wire {
    open_one(&format!("folder://{}?settle_ms=100{query}", folder.display()), member(LinkKind::Folder))
}

#[tokio::test]
async fn a_half_written_image_waits_for_its_end_and_its_sidecar() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("old.png"), "old").unwrap();
    fs::write(folder.path().join("old.xml"), "old").unwrap();
    let mut wire = watch(folder.path(), "");
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    let image = folder.path().join("scan 1.png");
    fs::write(folder.path().join("scan 1.xml"), "<scan/>").unwrap();
    let mut file = fs::File::create(&image).unwrap();
    file.write_all(b"ab").unwrap();
    file.write_all(b"c").unwrap();
    drop(file);
    let event = next_event(&mut wire).await;
    let Event::File { path, sha256, bytes, head, sidecar } = event else { panic!("{event:?}") };
    assert_eq!(path, image.display().to_string());
    assert_eq!((sha256.as_str(), bytes, &head[..]), (SHA256_OF_ABC, 3, &b"abc"[..]));
    assert_eq!(sidecar.as_deref(), Some(&b"<scan/>"[..]));
}

#[tokio::test]
async fn files_that_lie_there_are_read_when_the_site_says_so_with_their_head_only() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("large.tif"), vec![7; 200_000]).unwrap();
    let mut wire = watch(folder.path(), "&existing=read&sidecar=optional");
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    let event = next_event(&mut wire).await;
    let Event::File { bytes, head, sidecar, .. } = event else { panic!("{event:?}") };
    assert_eq!((bytes, head.len(), sidecar), (200_000, 65_536, None));
}

#[tokio::test]
async fn a_sidecar_over_the_limit_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.json"), vec![b' '; (1 << 20) + 1]).unwrap();
    fs::write(folder.path().join("a.png"), "abc").unwrap();
    let mut wire = watch(folder.path(), "&existing=read");
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    let event = next_event(&mut wire).await;
    assert!(matches!(&event, Event::Dropped { bytes: 3, reason } if reason.contains("a.json")), "{event:?}");
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_lost_until_it_comes() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("in");
    let mut wire = watch(&folder, "&existing=read&sidecar=none");
    let lost = next_event(&mut wire).await;
    assert!(is_lost(&lost), "{lost:?}");
    fs::create_dir(&folder).unwrap();
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    fs::write(folder.join("a.json"), "abc").unwrap();
    let event = next_event(&mut wire).await;
    assert!(matches!(&event, Event::File { sha256, .. } if sha256 == SHA256_OF_ABC), "{event:?}");
    fs::remove_dir_all(&folder).unwrap();
    assert!(is_lost(&next_event(&mut wire).await));
}
