// SPDX-License-Identifier: Apache-2.0

/// A JavaScript error. Its other properties, `code` among them, V8 does not carry.
struct V8Error: Equatable, Sendable {
    /// The prototypes that V8 keeps; every other class of error arrives as `Error`.
    enum Kind: String, CaseIterable, Sendable {
        case error = "Error"
        case evalError = "EvalError"
        case rangeError = "RangeError"
        case referenceError = "ReferenceError"
        case syntaxError = "SyntaxError"
        case typeError = "TypeError"
        case uriError = "URIError"
    }

    var kind: Kind
    var message: V8String?
    var stack: V8String?
    var cause: V8Value?
}
