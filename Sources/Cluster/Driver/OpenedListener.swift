// SPDX-License-Identifier: Apache-2.0

/// A program's data on a listener that is ready.
struct OpenedListener: Sendable {
    let id: ListenerID
    /// The real one; nil for a unix socket.
    let port: Int?
    /// Nil for datagrams.
    let buffer: ConnectionBuffer?

    init(_ id: ListenerID, _ socket: OpenedSocket) {
        self.id = id
        port = socket.port
        if case .listener(let listener) = socket { buffer = listener.buffer } else { buffer = nil }
    }
}
