// SPDX-License-Identifier: Apache-2.0

import Logging

/// Notices that the path of the agent's socket no longer leads to it, because somebody has removed or replaced the
/// file. Clients would not find the agent, and the agent would not know.
struct SocketFileWatch {
    let file: SocketFile
    let logger: Logger
    /// The problems that were logged since the path last led to the socket.
    private var told: Set<String> = []

    init(file: SocketFile, logger: Logger) {
        self.file = file
        self.logger = logger
    }

    /// Whether to bind the socket again. A file of another program is left alone.
    mutating func isToBeBound() -> Bool {
        guard !file.isInPlace else {
            told = []
            return false
        }
        do {
            try file.checkPlace()
            tell("the file of the agent's socket is gone; binding it anew")
            return true
        } catch {
            tell("clients do not find the agent's socket any more: \(error)")
            return false
        }
    }

    mutating func didFail(_ error: any Error) {
        tell("the agent's socket cannot be bound anew: \(error)")
    }

    private mutating func tell(_ text: String) {
        guard told.insert(text).inserted else { return }
        logger.warning("\(text)", metadata: ["path": "\(file.path)"])
    }
}
