// SPDX-License-Identifier: Apache-2.0

import Shared

/// A message of the worker's program as it came. Its JSON text is made only if it is wanted.
enum ReceivedMessage {
    /// One JSON value, valid during the call only.
    case json(UnsafeRawBufferPointer)
    case value(V8Value)
    /// It is well-formed as far as we can tell, but deeper or larger than we read.
    case unreadable(ClusterError)

    /// - Parameter room: the most bytes of the text of a message that did not come as JSON. JSON is taken as it is.
    /// - Throws: `NESTED_TOO_DEEPLY`, `MESSAGE_TOO_LARGE`
    func text(room: Int) throws(ClusterError) -> [UInt8] {
        switch self {
        case .json(let text): Array(text)
        case .value(let value): try value.jsonText(room: room)
        case .unreadable(let error): throw error
        }
    }
}
