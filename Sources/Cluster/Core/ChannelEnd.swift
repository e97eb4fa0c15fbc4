// SPDX-License-Identifier: Apache-2.0

import Shared

/// How a worker's channel has ended.
enum ChannelEnd {
    /// The worker closed it, or has ended. It answers for nothing any more.
    case closed
    /// We send nothing more. What the worker was sent it may still take, and its answers are heard until it closes its end
    /// (`didFinishChannel`).
    case finishing
    /// The worker went past a bound.
    case broken(DisconnectReason)
}
