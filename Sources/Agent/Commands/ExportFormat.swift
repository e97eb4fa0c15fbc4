// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Shared

/// How `history export` writes an event.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
    case jsonl, csv

    /// The first line, if the format has one.
    var header: String? {
        switch self {
        case .jsonl: nil
        case .csv: "seq,time,type,workerId,pid,requestId,data\r\n"
        }
    }

    /// The event with its line end.
    func line(_ event: Event) throws -> String {
        switch self {
        case .jsonl: return String(decoding: try event.json(), as: UTF8.self) + "\n"
        case .csv:
            let fields = [
                event.seq.map(String.init) ?? "", "\(event.time)", event.type.rawValue,
                event.workerId.map { "\($0)" } ?? "", event.pid.map(String.init) ?? "", event.requestId ?? "",
                String(decoding: try event.data.json(), as: UTF8.self),
            ]
            return fields.map(Self.quoted).joined(separator: ",") + "\r\n"
        }
    }

    /// A field with a comma, a quote or a line end stands in quotes, and quotes inside are doubled (RFC 4180, 2).
    private static func quoted(_ field: String) -> String {
        guard field.utf8.contains(where: { [0x22, 0x2C, 0x0D, 0x0A].contains($0) }) else { return field }
        return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }
}
