// SPDX-License-Identifier: Apache-2.0

/// A JavaScript value as in V8's structured clone: what a worker with `serialization: 'advanced'` sends and receives.
///
/// A tree. An object that occurs again, even inside itself, is a `reference` from its second place on. Every case below
/// `bigInt` is an object. Objects are numbered from 0 in the order in which they begin, a container before its
/// contents. Large contents are indirect: a value takes 16 bytes, because one byte of a message can make one.
enum V8Value: Equatable, Sendable {
    /// The deepest level that is read and written. Reading and writing recurse.
    static let deepest = 512

    case undefined
    case null
    case bool(Bool)
    /// Every number. JavaScript does not tell apart the forms that a number has on the wire.
    case number(Double)
    case string(V8String)
    indirect case bigInt(V8BigInt)

    /// Keys are unique, and in the order in which V8 lists them.
    case object([V8Property])
    indirect case array(V8Array)
    case map([V8MapEntry])
    case set([V8Value])
    /// Milliseconds since 1970 in UTC, NaN for an invalid date.
    case date(Double)
    indirect case regExp(V8RegExp)
    indirect case error(V8Error)
    /// `maxByteLength` is that of a resizable buffer.
    indirect case arrayBuffer([UInt8], maxByteLength: UInt32?)
    /// A typed array, a DataView or a Buffer, with a buffer of its own.
    indirect case view(V8ViewKind, [UInt8])
    case booleanObject(Bool)
    case numberObject(Double)
    case stringObject(V8String)
    indirect case bigIntObject(V8BigInt)

    /// The object with this number again.
    case reference(Int)
}

extension V8Value {
    /// The value of an object's property. Nil if this is not an object or has no such property.
    subscript(key: String) -> V8Value? {
        guard case .object(let properties) = self else { return nil }
        let key = V8String(key)
        return properties.first { $0.key == key }?.value
    }

    /// Nil for everything but a string. A lone surrogate becomes U+FFFD.
    var string: String? {
        guard case .string(let string) = self else { return nil }
        return string.description
    }

    /// Nil for everything but a whole number that fits.
    var integer: Int? {
        guard case .number(let number) = self else { return nil }
        return Int(exactly: number)
    }

    var bool: Bool? {
        guard case .bool(let bool) = self else { return nil }
        return bool
    }
}

/// A key of a Map, which may be any value, and its value.
struct V8MapEntry: Equatable, Sendable {
    var key: V8Value
    var value: V8Value
}

/// A property of an object. Its key is always a string, as in JavaScript; V8 writes array indices as numbers.
struct V8Property: Equatable, Sendable {
    var key: V8String
    var value: V8Value
}
