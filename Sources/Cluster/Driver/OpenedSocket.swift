// SPDX-License-Identifier: Apache-2.0

import LinuxIO

/// The result of a worker's request to listen.
enum OpenedSocket {
    case listener(ListenerPort)
    case datagrams(DatagramPort)

    /// The real port; nil for a unix socket.
    var port: Int? {
        switch self {
        case .listener(let listener): listener.port
        case .datagrams(let datagrams): datagrams.name.map { Int($0.port) }
        }
    }
}
