// SPDX-License-Identifier: Apache-2.0

import Shared

extension AnnotationWriter {
    /// The objects that JSON lacks.
    mutating func writeSpecial(_ value: V8Value) throws(ClusterError) {
        let id = beginObject()
        switch value {
        case .map(let entries):
            try open(type: "Map", id: id)
            try writeEntries(entries)
        case .set(let values):
            try open(type: "Set", id: id)
            field("values")
            try writeElements(values)
        case .date(let milliseconds):
            try open(type: "Date", id: id)
            writeDate(milliseconds)
        case .regExp(let expression):
            try open(type: "RegExp", id: id)
            field("source")
            try append(expression.source)
            field("flags", string: expression.flags.letters)
        case .error(let error):
            try open(type: error.kind.rawValue, id: id)
            try writeFields(error)
        case .arrayBuffer(let bytes, let maxByteLength):
            try open(type: "ArrayBuffer", id: id)
            try writeBytes(bytes)
            if let maxByteLength {
                field("maxByteLength")
                append("\(maxByteLength)")
            }
        case .view(let kind, let bytes):
            try open(type: kind.name, id: id)
            try writeBytes(bytes)
        case .booleanObject(let bool):
            try open(type: "BooleanObject", id: id)
            field("value")
            append(bool ? "true" : "false")
        case .numberObject(let number):
            try open(type: "NumberObject", id: id)
            field("value")
            append(number.isFinite ? number : nil, else: NonFinite(number))
        case .stringObject(let string):
            try open(type: "StringObject", id: id)
            field("value")
            try append(string)
        case .bigIntObject(let integer):
            try open(type: "BigIntObject", id: id)
            try write(integer)
        case .undefined, .null, .bool, .number, .string, .bigInt, .object, .array, .reference:
            preconditionFailure("write(_:) handles these itself")
        }
        close("}")
    }

    private mutating func writeEntries(_ entries: [V8MapEntry]) throws(ClusterError) {
        field("entries")
        try open("[")
        for (place, entry) in entries.enumerated() {
            if place > 0 { append(",") }
            try writeElements([entry.key, entry.value])
        }
        close("]")
    }

    private mutating func writeDate(_ milliseconds: Double) {
        if let text = DateText.text(milliseconds: milliseconds) {
            field("value", string: text)
        } else {
            field("value")
            append("null")
        }
    }

    private mutating func writeFields(_ error: V8Error) throws(ClusterError) {
        if let message = error.message {
            field("message")
            try append(message)
        }
        if let stack = error.stack {
            field("stack")
            try append(stack)
        }
        if let cause = error.cause {
            field("cause")
            try write(cause)
        }
    }

    private mutating func writeBytes(_ bytes: [UInt8]) throws(ClusterError) {
        try require((bytes.count + 2) / 3 * 4)
        field("value")
        append("\"")
        Base64.append(bytes, to: &text)
        append("\"")
    }

    private mutating func append(_ number: Double?, else name: NonFinite) {
        if let number { append(number) } else { append("\"\(name)\"") }
    }
}
