// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The signs of a worker that may make it count as ready.
public enum ReadySign: String, Hashable, Codable, Sendable, CaseIterable {
    /// Its program runs: Node's `online`.
    case online
    /// It has a server, or its program was started with sockets and the primary counts it as listening on them.
    case listening
    /// `process.send('ready')`
    case message
    /// `READY=1` on NOTIFY_SOCKET
    case notify
}

/// When a worker counts as ready: the setting `ready`.
public enum Readiness: String, Hashable, Codable, Sendable, CaseIterable {
    /// When it listens. If no worker of this cluster ever listened, being online is enough at the timeout: a queue consumer
    /// never listens.
    case automatic
    case listening
    case online
    case message
    case notify
    /// As soon as it is forked.
    case immediately

    /// - Parameter setting: nil: ``automatic``.
    public init(_ setting: WorkerReadiness?) {
        self =
            switch setting {
            case nil: .automatic
            case .listening: .listening
            case .online: .online
            case .message: .message
            case .notify: .notify
            case .immediately: .immediately
            }
    }

    func isMet(by signs: Set<ReadySign>) -> Bool {
        switch self {
        case .automatic, .listening: signs.contains(.listening)
        case .online: signs.contains(.online)
        case .message: signs.contains(.message)
        case .notify: signs.contains(.notify)
        case .immediately: true
        }
    }
}
