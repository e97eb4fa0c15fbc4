// SPDX-License-Identifier: Apache-2.0

/// A value of the loop's that goes to another thread and back.
// Unchecked: only the loop's thread uses the value.
final class LoopBound<Value: AnyObject>: @unchecked Sendable {
    weak var value: Value?

    init(_ value: Value) {
        self.value = value
    }
}
