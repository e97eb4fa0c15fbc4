// SPDX-License-Identifier: Apache-2.0

import Cluster
import FoundationEssentials
import Shared

extension EventData {
    /// A worker's message, in its own words. One that nests deeper than those who read it can follow stands in a string,
    /// as `messageText`. Nil for one that would take more than ``EventData/maxBytes``.
    init?(_ message: WorkerMessage) {
        // Before anything of it is copied.
        guard message.json.count <= Self.maxBytes else { return nil }
        // Between tokens these are white space, and in a string they cannot be; but they end a line of a stream.
        let text = message.json.filter { $0 != 0x0A && $0 != 0x0D }
        let kind = message.handle.map { #""handle":\#(Self.quoted($0)),"# } ?? ""
        let data: [UInt8]
        if JSONText.levels(of: text) > JSONValue.maxDepth {
            let quoted = Self.quoted(String(decoding: text, as: UTF8.self))
            data = Array(#"{\#(kind)"messageText":\#(quoted)}"#.utf8)
        } else {
            data = Array(#"{\#(kind)"message":"#.utf8) + text + Array("}".utf8)
        }
        guard data.count <= Self.maxBytes else { return nil }
        self = .text(data)
    }

    private static func quoted(_ string: String) -> String {
        // Any string can be written.
        let json = (try? JSONEncoder().encode(string)) ?? Data(#""""#.utf8)
        return String(decoding: json, as: UTF8.self)
    }
}
