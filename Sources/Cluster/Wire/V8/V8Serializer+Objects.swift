// SPDX-License-Identifier: Apache-2.0

extension V8Serializer {
    mutating func writeObject(_ properties: [V8Property]) {
        writer.tag(.beginObject)
        write(properties)
        writer.tag(.endObject)
        writer.count(properties.count)
    }

    mutating func write(_ array: V8Array) {
        let hasHoles = array.length != array.elements.count
        writer.tag(hasHoles ? .beginSparseArray : .beginDenseArray)
        writer.varint(array.length)
        for (index, element) in array.elements.enumerated() {
            if hasHoles { writeIndex(UInt32(index)) }
            write(element)
        }
        write(array.properties)
        writer.tag(hasHoles ? .endSparseArray : .endDenseArray)
        writer.count(array.properties.count + (hasHoles ? array.elements.count : 0))
        writer.varint(array.length)
    }

    mutating func write(_ entries: [V8MapEntry]) {
        writer.tag(.beginMap)
        for entry in entries {
            write(entry.key)
            write(entry.value)
        }
        writer.tag(.endMap)
        writer.count(entries.count * 2)
    }

    mutating func write(_ values: [V8Value]) {
        writer.tag(.beginSet)
        for value in values { write(value) }
        writer.tag(.endSet)
        writer.count(values.count)
    }

    mutating func write(_ error: V8Error) {
        writer.tag(.error)
        if let prototype = V8ErrorTag(prototypeOf: error.kind) { writer.byte(prototype.rawValue) }
        if let message = error.message {
            writer.byte(V8ErrorTag.message.rawValue)
            writer.string(message)
        }
        if let stack = error.stack {
            writer.byte(V8ErrorTag.stack.rawValue)
            writer.string(stack)
        }
        // Last, as newer versions of V8 want it; older ones take any order.
        if let cause = error.cause {
            writer.byte(V8ErrorTag.cause.rawValue)
            write(cause)
        }
        writer.byte(V8ErrorTag.end.rawValue)
    }

    private mutating func write(_ properties: [V8Property]) {
        for property in properties {
            if let index = property.key.arrayIndex {
                writeIndex(index)
            } else {
                writer.string(property.key)
            }
            write(property.value)
        }
    }

    /// A key as V8 writes it: an array index is a number.
    private mutating func writeIndex(_ index: UInt32) {
        write(.number(Double(index)))
    }
}
