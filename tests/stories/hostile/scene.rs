//! A stage with requests in every state that has something to steal.

use stage::Stage;
use stand_ins::discord::{Member, Message};
use stand_ins::headscale::Fault;

/// One request, as the people involved can point at it.
pub(crate) struct Known {
    pub(crate) number: i64,
    pub(crate) card: Message,
    /// A message of it that its requester can see: an answer or a letter.
    pub(crate) own: Message,
}

pub(crate) struct Scene {
    pub(crate) stage: Stage,
    pub(crate) alice: Member,
    pub(crate) carol: Member,
    pub(crate) known: Vec<Known>,
}

impl Scene {
    /// Requests of alice: waiting, key sent, to be collected, failed, joined.
    pub(crate) async fn set() -> Self {
        let mut stage = Stage::set().await;
        stage
            .settings
            .set("requests.max_open_per_member", 10)
            .set("retries.attempts", 1)
            // Nothing but what people do leads to Headscale.
            .text_value("headscale.watch_interval", "1h");
        stage.start().await;
        let alice = stage.alice();
        let carol = stage.carol();
        let mut scene = Self {
            stage,
            alice,
            carol,
            known: Vec::new(),
        };
        scene.ask("waiting").await;
        scene.delivered("delivered").await;
        scene.claimable("claimable").await;
        scene.failed("failed").await;
        scene
    }

    pub(crate) fn called(&self, device: &str) -> &Known {
        let found = self.known.iter().find(|known| known.card.says(device));
        found.expect("the request was made")
    }

    async fn ask(&mut self, device: &str) {
        let asked = self.alice.request_device(device, "linux", None).await;
        let own = asked.answer().await.message().clone();
        let card = self
            .stage
            .discord
            .card_where(device, |card| card.says(&format!("`{device}` · Linux")))
            .await;
        let number = i64::try_from(self.known.len()).expect("a few") + 1;
        self.known.push(Known { number, card, own });
    }

    async fn approve(&mut self, device: &str, then: &str) {
        self.ask(device).await;
        let known = self.known.last().expect("just asked");
        self.carol.press(&known.card, "Approve").await;
        self.stage.says(&known.card, then).await;
    }

    async fn delivered(&mut self, device: &str) {
        self.approve(device, "Key sent").await;
        let letter = self.alice.letter().await;
        self.known.last_mut().expect("just asked").own = letter;
    }

    async fn claimable(&mut self, device: &str) {
        self.alice.close_dms(50007);
        self.approve(device, "to collect the key").await;
        self.alice.open_dms();
    }

    async fn failed(&mut self, device: &str) {
        let refusal = Fault::refuse(400, "no such tag");
        self.stage
            .headscale
            .fault_always("POST", "/api/v1/preauthkey", refusal);
        self.approve(device, "Failed").await;
        self.alice.letter_says("have been told").await;
        self.stage.headscale.clear_faults();
    }

    /// The changes that Headscale has been asked for so far.
    pub(crate) fn deeds(&self) -> usize {
        let calls = self.stage.headscale.calls();
        calls.iter().filter(|call| call.method != "GET").count()
    }
}
