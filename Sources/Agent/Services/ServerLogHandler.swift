// SPDX-License-Identifier: Apache-2.0

import Logging

/// What a server says, as long as it is not replaced: from then on its listener is closed, and at the agent's end it
/// complains that it cannot close it.
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
