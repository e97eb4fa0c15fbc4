// SPDX-License-Identifier: Apache-2.0

/// The source of a descriptor that goes with a frame. A waiting frame holds its source instead of a copy of the
/// descriptor, so that a process without a free descriptor can still queue it.
protocol DescriptorSource: AnyObject {
    /// Calls `body` with the descriptor; nil if it no longer exists.
    func withDescriptor(_ body: (Int32) -> Int) -> Int?
}
