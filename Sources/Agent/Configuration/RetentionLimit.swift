// SPDX-License-Identifier: Apache-2.0

import Shared

/// A limit of what is kept, as people write it: a value, or `none`.
struct RetentionLimit<Value: Sendable>: Sendable {
    /// Nil for no limit.
    let value: Value?

    /// - Parameter parse: returns nil for a text that it cannot read.
    init?(_ text: String, _ parse: (String) -> Value?) {
        guard text != "none" else {
            value = nil
            return
        }
        guard let value = parse(text) else { return nil }
        self.value = value
    }
}

extension RetentionLimit<Duration> {
    /// As the file may have it.
    static func text(_ age: Duration?) -> JSONValue {
        guard let seconds = age?.components.seconds else { return "none" }
        return .string(seconds % 86_400 == 0 ? "\(seconds / 86_400)d" : "\(seconds)s")
    }
}
