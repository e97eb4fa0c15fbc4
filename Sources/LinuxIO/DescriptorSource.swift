// SPDX-License-Identifier: Apache-2.0

/// Something whose descriptor goes along with a frame. A frame that waits holds its source instead of a copy of the
/// descriptor: a process without a descriptor to spare can still queue it.
protocol DescriptorSource: AnyObject {
    /// Calls `body` with the descriptor; nil if there is none any more.
    func withDescriptor(_ body: (Int32) -> Int) -> Int?
}
