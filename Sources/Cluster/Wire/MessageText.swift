// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Shared

/// Turns a program's message into JSON, and refuses messages that a program must not send.
enum MessageText {
    /// - Throws: `MALFORMED_JSON` if JSON cannot hold it, `RESERVED_MESSAGE`
    static func json(_ message: some Encodable) throws(ClusterError) -> [UInt8] {
        let json: [UInt8]
        do {
            json = [UInt8](try JSONEncoder().encode(message))
        } catch {
            throw ClusterError(
                .invalidArgument, .malformedJSON, "the message cannot be written as JSON: \(error)", cause: error)
        }
        try check(json)
        return json
    }

    /// - Throws: `MALFORMED_JSON`, `RESERVED_MESSAGE`
    static func check(_ json: [UInt8]) throws(ClusterError) {
        let (isValue, isReserved) = json.withUnsafeBytes { text in
            guard text.first(where: { !isSpace($0) }) == UInt8(ascii: "{") else {
                return (JSONScanner.validate(text), false)
            }
            var isReserved = false
            let isObject = JSONScanner.forEachMember(text) { key, value in
                // JSON.parse takes the last of equal keys.
                if ReservedMessage.isCommand(jsonKey: key) {
                    isReserved = ReservedMessage.isReserved(json: text[value])
                }
            }
            return (isObject, isReserved)
        }
        guard isValue else {
            throw ClusterError(.invalidArgument, .malformedJSON, "the message is not one JSON value")
        }
        guard !isReserved else { throw ReservedMessage.error }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}
