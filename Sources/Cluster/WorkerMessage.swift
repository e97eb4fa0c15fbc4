// SPDX-License-Identifier: Apache-2.0

/// A message that a worker sent with `process.send`.
public struct WorkerMessage: Hashable, Sendable {
    /// The JSON text as the worker wrote it, in UTF-8; checked to be one well-formed JSON value.
    public let json: [UInt8]
    /// The kind of the handle that came with it (`net.Socket`, `net.Server`, …), nil where none did.
    public let handle: String?

    public init(json: [UInt8], handle: String? = nil) {
        self.json = json
        self.handle = handle
    }
}
