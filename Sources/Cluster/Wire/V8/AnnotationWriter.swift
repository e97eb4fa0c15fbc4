// SPDX-License-Identifier: Apache-2.0

import Shared

/// Writes the JSON form of a value: docs/advanced-serialization.md.
struct AnnotationWriter {
    var text: [UInt8] = []
    private var depth = 0
    private var objectCount = 0
    /// Only objects that are referred to have an `id`.
    private let referenced: Set<Int>
    /// What the text may take. A byte of a message can become 31 of the text.
    private let room: Int

    /// - Parameter room: the most bytes of text.
    init(for value: V8Value, room: Int) {
        referenced = value.referencedObjects
        self.room = room
    }

    /// The text of the value.
    /// - Throws: `NESTED_TOO_DEEPLY`, `MESSAGE_TOO_LARGE`
    mutating func text(of value: V8Value) throws(ClusterError) -> [UInt8] {
        try write(value)
        try require(0)
        return self.text
    }

    mutating func write(_ value: V8Value) throws(ClusterError) {
        // Everything but strings and bytes is small, so one check per value is enough.
        try require(0)
        switch value {
        case .null: append("null")
        case .bool(let bool): append(bool ? "true" : "false")
        case .number(let number) where number.isFinite: append(number)
        case .string(let string): try append(string)
        case .undefined, .number, .bigInt, .reference: try writePrimitive(value)
        case .object(let properties): try writeObject(properties)
        case .array(let array): try writeArray(array)
        default: try writeSpecial(value)
        }
    }

    /// A value that is not an object and does not exist in JSON.
    private mutating func writePrimitive(_ value: V8Value) throws(ClusterError) {
        switch value {
        case .number(let number):
            try open(type: "Number")
            field("value", string: "\(NonFinite(number))")
        case .bigInt(let integer):
            try open(type: "BigInt")
            try write(integer)
        case .reference(let number):
            try open(type: "Reference", id: number)
        default:
            try open(type: "undefined")
        }
        close("}")
    }

    private mutating func writeObject(_ properties: [V8Property]) throws(ClusterError) {
        let id = beginObject()
        guard id != nil || properties.contains(where: { $0.key == V8Value.typeKey }) else {
            return try writeMembers(properties)
        }
        try open(type: "Object", id: id)
        field("value")
        try writeMembers(properties)
        close("}")
    }

    private mutating func writeArray(_ array: V8Array) throws(ClusterError) {
        let id = beginObject()
        guard id != nil || !array.isPlain else { return try writeElements(array.elements) }
        try open(type: "Array", id: id)
        if array.length != array.elements.count {
            field("length")
            append("\(array.length)")
        }
        field("elements")
        try writeElements(array.elements)
        if !array.properties.isEmpty {
            field("properties")
            try writeMembers(array.properties)
        }
        close("}")
    }

    mutating func writeMembers(_ properties: [V8Property]) throws(ClusterError) {
        try open("{")
        for (place, property) in properties.enumerated() {
            if place > 0 { append(",") }
            try append(property.key)
            append(":")
            try write(property.value)
        }
        close("}")
    }

    mutating func writeElements(_ elements: [V8Value]) throws(ClusterError) {
        try open("[")
        for (place, element) in elements.enumerated() {
            if place > 0 { append(",") }
            try write(element)
        }
        close("]")
    }
}

extension AnnotationWriter {
    /// Refuses what would take more than there is room for.
    func require(_ bytes: Int) throws(ClusterError) {
        guard text.count + bytes <= room else { throw tooLarge }
    }

    private var tooLarge: ClusterError {
        ClusterError(.invalidArgument, .messageTooLarge, "a message takes more than \(room >> 20) MiB as JSON")
    }

    mutating func append(_ string: V8String) throws(ClusterError) {
        guard string.appendJSON(to: &text, limit: room) else { throw tooLarge }
    }

    /// The field `value` with an integer of any size.
    mutating func write(_ integer: V8BigInt) throws(ClusterError) {
        // Each word but the first has 16 digits, or more if they are decimal.
        try require((integer.words.count - 1) * 16)
        field("value", string: integer.text)
    }

    /// Numbers the next object. Returns the number if something refers to it.
    mutating func beginObject() -> Int? {
        defer { objectCount += 1 }
        return referenced.contains(objectCount) ? objectCount : nil
    }

    /// Begins an object in place of a value that JSON lacks. Close it with `}`.
    mutating func open(type: String, id: Int? = nil) throws(ClusterError) {
        try open("{")
        try append(V8Value.typeKey)
        append(":\"\(type)\"")
        if let id {
            field("id")
            append("\(id)")
        }
    }

    mutating func open(_ bracket: String) throws(ClusterError) {
        guard depth < V8Value.deepest else {
            throw ClusterError(
                .invalidArgument, .nestedTooDeeply,
                "the message nests deeper than \(V8Value.deepest) levels when it is written as JSON")
        }
        depth += 1
        append(bracket)
    }

    mutating func close(_ bracket: String) {
        depth -= 1
        append(bracket)
    }

    mutating func field(_ name: String) {
        append(",\"\(name)\":")
    }

    /// - Parameter string: one that needs no escape.
    mutating func field(_ name: String, string: String) {
        field(name)
        append("\"\(string)\"")
    }

    mutating func append(_ json: String) {
        text.append(contentsOf: json.utf8)
    }

    /// - Parameter number: a finite one.
    mutating func append(_ number: Double) {
        // From 2^53 on, Swift's own form is shorter. Below it, Swift would write `1.0`, and `-0` is not an integer.
        if let integer = Int64(exactly: number), integer.magnitude < 1 << 53, integer != 0 || number.sign == .plus {
            append(String(integer))
        } else {
            append(number == 0 ? "-0" : number.description)
        }
    }
}
