// SPDX-License-Identifier: Apache-2.0

import Shared

extension JSONValue {
    /// Roughly how many bytes it takes in memory.
    var weight: Int {
        switch self {
        case .null, .bool, .integer, .number: 24
        case .string(let string): 24 + string.utf8.count
        case .array(let elements): elements.reduce(64) { $0 + $1.weight }
        case .object(let fields): fields.reduce(96) { $0 + 48 + $1.key.utf8.count + $1.value.weight }
        }
    }
}
