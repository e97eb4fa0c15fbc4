// SPDX-License-Identifier: Apache-2.0

/// The fields of an error on the wire (`ErrorTag` of V8's value-serializer), each at most once.
enum V8ErrorTag: UInt8 {
    case evalErrorPrototype = 0x45  // E
    case rangeErrorPrototype = 0x52  // R
    case referenceErrorPrototype = 0x46  // F
    case syntaxErrorPrototype = 0x53  // S
    case typeErrorPrototype = 0x54  // T
    case uriErrorPrototype = 0x55  // U
    case message = 0x6D  // m
    case cause = 0x63  // c
    case stack = 0x73  // s
    case end = 0x2E  // .

    /// Nil for a plain error, which has no tag.
    init?(prototypeOf kind: V8Error.Kind) {
        switch kind {
        case .error: return nil
        case .evalError: self = .evalErrorPrototype
        case .rangeError: self = .rangeErrorPrototype
        case .referenceError: self = .referenceErrorPrototype
        case .syntaxError: self = .syntaxErrorPrototype
        case .typeError: self = .typeErrorPrototype
        case .uriError: self = .uriErrorPrototype
        }
    }
}
