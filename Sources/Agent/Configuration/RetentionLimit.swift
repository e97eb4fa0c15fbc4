// SPDX-License-Identifier: Apache-2.0

/// A limit of the history as people write it: a value, or `none`.
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
