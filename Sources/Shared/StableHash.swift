// SPDX-License-Identifier: Apache-2.0

/// FNV-1a, 64 bits. Swift's own hash has a different seed in each process, and this one outlives a restart.
package struct StableHash: Sendable {
    package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    package init() {}

    package mutating func combine(_ bytes: some Sequence<UInt8>) {
        // Another module's sequence is read by a call for each byte, unless its bytes lie side by side.
        let isDone: Void? = bytes.withContiguousStorageIfAvailable { buffer in
            for byte in buffer { add(byte) }
        }
        if isDone == nil { for byte in bytes { add(byte) } }
    }

    private mutating func add(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x100_0000_01b3
    }
}
