// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// A connection that goes into a server channel's pipeline as if the channel had accepted it.
struct HandedConnection: Sendable {
    /// Not registered with its event loop yet. The server does that, as with connections that it accepts.
    let channel: any Channel
}
