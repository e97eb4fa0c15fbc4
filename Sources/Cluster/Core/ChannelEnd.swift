// SPDX-License-Identifier: Apache-2.0

import Shared

/// How a worker's channel has ended.
enum ChannelEnd {
    /// The worker closed it, or has ended. No answer comes any more.
    case closed
    /// We send nothing more. The worker may still take what it was sent. We read its answers until it closes its end
    /// (`didFinishChannel`).
    case finishing
    /// The worker went past a bound.
    case broken(DisconnectReason)
}
