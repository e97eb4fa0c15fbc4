// SPDX-License-Identifier: Apache-2.0

/// A key of a Map, which may be any value, and what it stands for.
struct V8MapEntry: Equatable, Sendable {
    var key: V8Value
    var value: V8Value
}
