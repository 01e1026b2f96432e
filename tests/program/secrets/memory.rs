//! What is left of a key in the program's memory once it has been handed over: nothing. The process is read from outside,
//! through `/proc`.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use stage::Stage;
use stand_ins::discord::Message;

/// Counts the end of a secret in the process's writable memory.
fn copies(process: u32, secret: &str) -> usize {
    let end = secret.as_bytes().last_chunk::<24>().expect("a long secret");
    let found = |bytes: &Vec<u8>| {
        bytes
            .windows(end.len())
            .filter(|window| window == end)
            .count()
    };
    memory_of(process).iter().map(found).sum()
}

fn memory_of(process: u32) -> Vec<Vec<u8>> {
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).expect("its maps");
    let memory = File::open(format!("/proc/{process}/mem")).expect("its memory");
    let read = |line: &str| {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        let start = u64::from_str_radix(start, 16).ok()?;
        let end = u64::from_str_radix(end, 16).ok()?;
        let mut bytes = vec![0; usize::try_from(end - start).ok()?];
        let is_writable = rest.starts_with("rw");
        // Some of the kernel's own pieces cannot be read.
        (is_writable && memory.read_exact_at(&mut bytes, start).is_ok()).then_some(bytes)
    };
    maps.lines().filter_map(read).collect()
}

pub(super) async fn a_key_that_was_handed_over_is_nowhere_in_the_programs_memory() {
    let mut stage = Stage::set().await;
    stage.start_program(crate::PROGRAM.as_ref()).await;
    let process = stage.process_id().expect("it runs");
    let api_key = stage.headscale.api_key();
    assert!(copies(process, &api_key) > 0, "the search is blind");

    let (alice, carol) = (stage.alice(), stage.carol());
    alice
        .request_device("laptop", "linux", None)
        .await
        .answer()
        .await;
    let card = stage.discord.card().await;
    carol.press(&card, "Approve").await;
    stage.says(&card, "Key sent").await;
    let letter = alice.letter_with_key().await;
    forgotten(process, &letter);

    let bob = stage.bob();
    bob.close_dms(super::DMS_CLOSED);
    let asked = bob.request_device("phone", "android", None).await;
    let card = stage
        .discord
        .card_where("bob's card", |card| card.says("`phone`"))
        .await;
    carol.press(&card, "Approve").await;
    let private = asked.answer_says("Get my key").await;
    let claimed = bob.press(&private, "Get my key").await;
    let claimed = claimed.answer_says("Your key for").await;
    stage.says(&card, "Key collected").await;
    forgotten(process, &claimed);
    stage.finish().await;
}

fn forgotten(process: u32, shown: &Message) {
    let key = shown.scan().expect("a key");
    assert_eq!(copies(process, &key), 0);
}
