// SPDX-License-Identifier: Apache-2.0

import Shared

extension Account {
    /// The account as people write it. Nil if it is empty, or the number that means "no change" to the kernel
    /// (setuid(2)).
    init?(word: String) {
        guard !word.isEmpty, word != "\(UInt32.max)" else { return nil }
        self = UInt32(digits: word).map(Account.number) ?? .name(word)
    }

    /// The value as the file may have it.
    var json: JSONValue {
        switch self {
        case .number(let number): .integer(Int64(number))
        case .name(let name): .string(name)
        }
    }
}

extension StdioEntry {
    /// An entry as Node names it, or a descriptor's number. Nil if the word is neither.
    init?(word: String) {
        switch word {
        case "pipe", "overlapped": self = .pipe
        case "ignore": self = .ignore
        case "inherit": self = .inherit
        case "ipc": self = .ipc
        default:
            guard let number = Int32(digits: word) else { return nil }
            self = .descriptor(Int(number))
        }
    }

    /// The value as the file may have it.
    var json: JSONValue {
        switch self {
        case .pipe: "pipe"
        case .ignore: "ignore"
        case .inherit: "inherit"
        case .ipc: "ipc"
        case .descriptor(let number): .integer(Int64(number))
        }
    }
}
