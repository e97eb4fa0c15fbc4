// SPDX-License-Identifier: Apache-2.0

/// The views of an ArrayBuffer. The number is Node's (`arrayBufferViewTypeToIndex` in lib/v8.js), not V8's.
enum V8ViewKind: UInt32, CaseIterable, Sendable {
    case int8Array = 0
    case uint8Array = 1
    case uint8ClampedArray = 2
    case int16Array = 3
    case uint16Array = 4
    case int32Array = 5
    case uint32Array = 6
    case float32Array = 7
    case float64Array = 8
    case dataView = 9
    case buffer = 10
    case bigInt64Array = 11
    case bigUint64Array = 12
    /// Node 24 and later.
    case float16Array = 13

    /// The name of its constructor.
    var name: String {
        switch self {
        case .int8Array: "Int8Array"
        case .uint8Array: "Uint8Array"
        case .uint8ClampedArray: "Uint8ClampedArray"
        case .int16Array: "Int16Array"
        case .uint16Array: "Uint16Array"
        case .int32Array: "Int32Array"
        case .uint32Array: "Uint32Array"
        case .float32Array: "Float32Array"
        case .float64Array: "Float64Array"
        case .dataView: "DataView"
        case .buffer: "Buffer"
        case .bigInt64Array: "BigInt64Array"
        case .bigUint64Array: "BigUint64Array"
        case .float16Array: "Float16Array"
        }
    }

    init?(name: String) {
        guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = kind
    }

    /// Bytes; the length of a view is a multiple of it.
    var elementSize: Int {
        switch self {
        case .int8Array, .uint8Array, .uint8ClampedArray, .dataView, .buffer: 1
        case .int16Array, .uint16Array, .float16Array: 2
        case .int32Array, .uint32Array, .float32Array: 4
        case .float64Array, .bigInt64Array, .bigUint64Array: 8
        }
    }
}
