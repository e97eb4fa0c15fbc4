// SPDX-License-Identifier: Apache-2.0

/// Bytes from a worker that are no message. They end that worker's channel and nothing else.
struct WireError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
