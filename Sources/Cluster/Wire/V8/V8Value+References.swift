// SPDX-License-Identifier: Apache-2.0

extension V8Value {
    /// The numbers of the objects that are referred to.
    var referencedObjects: Set<Int> {
        var numbers: Set<Int> = []
        collectReferences(&numbers)
        return numbers
    }

    private func collectReferences(_ numbers: inout Set<Int>) {
        switch self {
        case .reference(let number): numbers.insert(number)
        case .object(let properties):
            for property in properties { property.value.collectReferences(&numbers) }
        case .array(let array):
            for element in array.elements { element.collectReferences(&numbers) }
            for property in array.properties { property.value.collectReferences(&numbers) }
        case .map(let entries):
            for entry in entries {
                entry.key.collectReferences(&numbers)
                entry.value.collectReferences(&numbers)
            }
        case .set(let values):
            for value in values { value.collectReferences(&numbers) }
        case .error(let error): error.cause?.collectReferences(&numbers)
        case .undefined, .null, .bool, .number, .string, .bigInt, .date, .regExp, .arrayBuffer, .view, .booleanObject,
            .numberObject, .stringObject, .bigIntObject:
            break
        }
    }
}
