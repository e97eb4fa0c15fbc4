// SPDX-License-Identifier: Apache-2.0

import Cluster
import FoundationEssentials
import Shared

extension EventData {
    /// A worker's message, in its own words. One that nests deeper than those who read it can follow stands in a string,
    /// as `messageText`.
    init(_ message: WorkerMessage) {
        // Between tokens these are white space, and in a string they cannot be; but they end a line of a stream.
        let text = message.json.filter { $0 != 0x0A && $0 != 0x0D }
        let kind = message.handle.map { #""handle":\#(Self.quoted($0)),"# } ?? ""
        if JSONText.levels(of: text) > JSONValue.maxDepth {
            let quoted = Self.quoted(String(decoding: text, as: UTF8.self))
            self = .text(Array(#"{\#(kind)"messageText":\#(quoted)}"#.utf8))
        } else {
            self = .text(Array(#"{\#(kind)"message":"#.utf8) + text + Array("}".utf8))
        }
    }

    private static func quoted(_ string: String) -> String {
        // Any string can be written.
        let json = (try? JSONEncoder().encode(string)) ?? Data(#""""#.utf8)
        return String(decoding: json, as: UTF8.self)
    }
}
