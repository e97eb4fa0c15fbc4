// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import NIOCore
import Synchronization

/// Keeps the last answer in JSON while its content stays the same, because comparing costs far less than encoding.
final class JSONMemo<Value: Encodable & Equatable & Sendable>: Sendable {
    private let last = Mutex<(value: Value, json: ByteBuffer)?>(nil)

    func response(_ value: Value) throws -> Response {
        let known = last.withLock { last in last.flatMap { $0.value == value ? $0.json : nil } }
        if let known { return .json(encoded: known) }
        let json = try Response.jsonBytes(of: value)
        last.withLock { $0 = (value, json) }
        return .json(encoded: json)
    }
}
