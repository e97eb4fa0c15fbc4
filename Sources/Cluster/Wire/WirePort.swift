// SPDX-License-Identifier: Apache-2.0

/// A port as a worker writes it: a number, or a string of digits, because `dgram` passes on the program's value (Node
/// `lib/dgram.js`, `bind`).
struct WirePort: Decodable {
    let number: Int

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int.self) {
            self.number = number
        } else if let number = Int(try container.decode(String.self)) {
            self.number = number
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a port is a number")
        }
    }
}
