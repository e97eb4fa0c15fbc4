// SPDX-License-Identifier: Apache-2.0

/// A message that came over the channel: from a worker's `process.send`, or from the primary's `worker.send`.
public struct WorkerMessage: Hashable, Sendable {
    /// The JSON text as it was written, in UTF-8; checked to be one well-formed JSON value.
    public let json: [UInt8]
    /// The kind of the handle that came with it (`net.Socket`, `net.Server`, …), nil if none did.
    public let handle: String?
    /// The handle itself; nil if none came, or if nobody wants them
    /// (``PrimaryConfiguration/keepsPassedSockets``).
    public let socket: PassedSocket?

    /// A message of these parts.
    public init(json: [UInt8], handle: String? = nil, socket: PassedSocket? = nil) {
        self.json = json
        self.handle = handle
        self.socket = socket
    }
}
