// SPDX-License-Identifier: Apache-2.0

/// How a request came in.
enum Transport: Sendable {
    /// The data directory's socket: the kernel tells who calls.
    case unix
    case tcp
}
