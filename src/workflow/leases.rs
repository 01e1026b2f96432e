//! One task at a time works on a request, and one writes its card. This holds within the process; the store's lock file
//! keeps other processes out.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::domain::RequestId;

/// The requests that somebody works on. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Leases {
    held: Arc<Mutex<HashSet<RequestId>>>,
    released: Arc<Notify>,
}

/// Released when dropped.
#[derive(Debug)]
#[must_use = "what is dropped at once is held by nobody"]
pub(crate) struct Lease {
    pub(super) request: RequestId,
    leases: Leases,
}

impl Leases {
    pub(super) fn take(&self, request: RequestId) -> Option<Lease> {
        self.held().insert(request).then(|| Lease {
            request,
            leases: self.clone(),
        })
    }

    /// Waits until nobody else holds the request, but not for ever.
    pub(super) async fn wait_for(&self, request: RequestId, patience: Duration) -> Option<Lease> {
        let waiting = async {
            loop {
                let mut released = std::pin::pin!(self.released.notified());
                released.as_mut().enable();
                if let Some(lease) = self.take(request) {
                    return lease;
                }
                released.await;
            }
        };
        tokio::time::timeout(patience, waiting).await.ok()
    }

    pub(super) fn holds(&self, request: RequestId) -> bool {
        self.held().contains(&request)
    }

    fn held(&self) -> MutexGuard<'_, HashSet<RequestId>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.leases.held().remove(&self.request);
        self.leases.released.notify_waiters();
    }
}
