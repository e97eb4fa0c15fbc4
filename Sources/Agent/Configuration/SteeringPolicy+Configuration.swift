// SPDX-License-Identifier: Apache-2.0

import Shared

extension SteeringPolicy {
    /// - Throws: `StartupError` if a value is invalid.
    init(_ reader: ConfigurationReader) throws(StartupError) {
        self.init()
        let words = Stickiness.allCases.map(\.rawValue).joined(separator: ", ")
        stickiness = try reader.value(.stickiness, "one of \(words)") { Stickiness(rawValue: $0) } ?? stickiness
        stickyHeader =
            try reader.value(.stickyHeader, "the name of a header field") { Self.isFieldName($0) ? $0 : nil }
            ?? stickyHeader
        stickyWait = try Self.time(reader, .stickyWait, least: 10) ?? stickyWait
        skipAfter = try Self.time(reader, .skipAfter, least: 100) ?? skipAfter
    }

    /// - Parameter least: in milliseconds.
    private static func time(
        _ reader: ConfigurationReader, _ key: ConfigurationKey, least: Int
    ) throws(StartupError) -> Duration? {
        let time = try reader.value(key, "\(PolicyTime.form), at least \(least)ms") { text in
            PolicyTime(text).flatMap { $0.milliseconds >= least ? $0.milliseconds : nil }
        }
        return time.map(Duration.milliseconds)
    }

    /// A token (RFC 9110, 5.6.2).
    private static func isFieldName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 256
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "!#$%&'*+-.^_`|~".contains($0)) }
    }

    /// As the configuration's file has it.
    func value(of key: ConfigurationKey) -> JSONValue? {
        switch key {
        case .stickiness: .string(stickiness.rawValue)
        case .stickyHeader: .string(stickyHeader)
        case .stickyWait: .string(Self.text(stickyWait))
        case .skipAfter: .string(Self.text(skipAfter))
        default: nil
        }
    }

    private static func text(_ time: Duration) -> String {
        "\(PolicyTime(milliseconds: Int(time / .milliseconds(1))))"
    }
}
