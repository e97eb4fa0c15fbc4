// SPDX-License-Identifier: Apache-2.0

import Logging

/// Passes a server's log on until the server is replaced. From then on the server would complain at the agent's end
/// that it cannot close its listener.
struct ServerLogHandler: LogHandler {
    private var logger: Logger
    private let server: BoundServer

    init(logger: Logger, server: BoundServer) {
        self.logger = logger
        self.server = server
    }

    func log(event: LogEvent) {
        guard !server.isReplaced else { return }
        logger.handler.log(event: event)
    }

    var metadata: Logger.Metadata {
        get { logger.handler.metadata }
        set { logger.handler.metadata = newValue }
    }

    var logLevel: Logger.Level {
        get { logger.logLevel }
        set { logger.logLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { logger[metadataKey: key] }
        set { logger[metadataKey: key] = newValue }
    }
}
