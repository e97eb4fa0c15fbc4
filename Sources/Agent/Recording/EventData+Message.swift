// SPDX-License-Identifier: Apache-2.0

import Cluster
import FoundationEssentials
import Shared

extension EventData {
    /// A worker's message in its own words. If it nests too deep for readers, it stands in a string, as `messageText`.
    /// Nil if it would take more than ``EventData/maxBytes``.
    init?(_ message: WorkerMessage) {
        // Checked before anything is copied.
        guard message.json.count <= Self.maxBytes else { return nil }
        // Line ends occur only between tokens, where they are white space. They would end a line of a stream.
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
        // Any string can be encoded.
        let json = (try? JSONEncoder().encode(string)) ?? Data(#""""#.utf8)
        return String(decoding: json, as: UTF8.self)
    }
}
