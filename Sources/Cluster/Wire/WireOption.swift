// SPDX-License-Identifier: Apache-2.0

/// An option as a worker's program gave it. JavaScript converts it: `listen(port, host, callback)` sends `backlog:
/// false`, and a program may say `'10'`, or `1` for `true`.
enum WireOption: Decodable {
    case number(Double)
    case text(String)
    case bool(Bool)
    /// Null, or something that is not an option.
    case none

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let bool = try? container.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            self = .none
        }
    }

    /// Nil if it is not a whole number.
    var integer: Int? {
        switch self {
        case .number(let number): Int(exactly: number.rounded(.towardZero))
        case .text(let text): Int(text)
        case .bool, .none: nil
        }
    }

    /// As in `if (option)`.
    var isTrue: Bool {
        switch self {
        case .number(let number): number != 0 && !number.isNaN
        case .text(let text): !text.isEmpty
        case .bool(let bool): bool
        case .none: false
        }
    }
}
