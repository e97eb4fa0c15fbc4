// SPDX-License-Identifier: Apache-2.0

/// Why a worker cannot listen.
enum ListenFailure: Error, Hashable {
    /// What the kernel said, here or in the primary.
    case refused(errno: Int32)
    /// The worker is on its way out, and the primary does not answer it any more.
    case leaving
    /// The task that wanted to listen was cancelled.
    case cancelled
}
