// SPDX-License-Identifier: Apache-2.0

import Logging

/// Notices that the path of the agent's socket leads elsewhere, because somebody has removed the file or has put another in
/// its place. Clients would not find the agent then, and it would not know.
struct SocketFileWatch {
    let file: SocketFile
    let logger: Logger
    /// What has been said of what is wrong now, which need not be said again.
    private var told: Set<String> = []

    init(file: SocketFile, logger: Logger) {
        self.file = file
        self.logger = logger
    }

    /// Whether the socket is to be bound anew. What another program has there is left to it.
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
