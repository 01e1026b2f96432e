//! What an approver looks through: the requests in one status, page by page. A page begins after a number, never after a
//! count, so nothing is passed over when other requests come or go.

use super::{DeviceRequest, MemberId, RequestId, Status};

/// Which requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Filter {
    pub status: Status,
    /// None: everybody's.
    pub member: Option<MemberId>,
}

/// Where a page begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cursor {
    After(RequestId),
    Before(RequestId),
}

impl Cursor {
    pub(crate) const START: Self = Self::After(RequestId(0));
}

/// A part of a list, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub filter: Filter,
    pub requests: Vec<DeviceRequest>,
    /// There are others before these.
    pub earlier: bool,
    /// There are others after these.
    pub later: bool,
}

impl Page {
    /// So many requests are on one page.
    pub(crate) const LINES: usize = 10;
}
