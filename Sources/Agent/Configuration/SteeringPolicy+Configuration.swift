// SPDX-License-Identifier: Apache-2.0

import Shared

extension SteeringPolicy {
    /// - Throws: `StartupError` if a value is invalid.
    init(_ reader: ConfigurationReader) throws(StartupError) {
        self.init()
        let words = Stickiness.allCases.map(\.rawValue).joined(separator: ", ")
        stickiness = try reader.value(.stickiness, "one of \(words)") { Stickiness(rawValue: $0) } ?? stickiness
        let time = try reader.value(.skipAfter, "\(PolicyTime.form), at least 100ms") { text in
            PolicyTime(text).flatMap { $0.milliseconds >= 100 ? $0.milliseconds : nil }
        }
        if let time { skipAfter = .milliseconds(time) }
    }

    /// As the configuration's file has it.
    func value(of key: ConfigurationKey) -> JSONValue? {
        switch key {
        case .stickiness: .string(stickiness.rawValue)
        case .skipAfter: .string("\(PolicyTime(milliseconds: Int(skipAfter / .milliseconds(1))))")
        default: nil
        }
    }
}
