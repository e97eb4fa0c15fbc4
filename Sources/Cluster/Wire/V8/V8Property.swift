// SPDX-License-Identifier: Apache-2.0

/// A property of an object. Its key is always a string, as in JavaScript; V8 writes array indices as numbers.
struct V8Property: Equatable, Sendable {
    var key: V8String
    var value: V8Value
}
