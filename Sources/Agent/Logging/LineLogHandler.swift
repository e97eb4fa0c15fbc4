// SPDX-License-Identifier: Apache-2.0

import Logging

/// Writes a line for each event, in the form of a `LogFormat`.
struct LineLogHandler: LogHandler {
    private let label: String
    private let format: LogFormat
    private let write: @Sendable ([UInt8]) -> Void
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(label: String, format: LogFormat, write: @escaping @Sendable ([UInt8]) -> Void) {
        self.label = label
        self.format = format
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        all.merge(metadataProvider?.get() ?? [:]) { _, new in new }
        all.merge(event.metadata ?? [:]) { _, new in new }
        write(format.line(event.level, label, event.message.description, all))
    }
}
