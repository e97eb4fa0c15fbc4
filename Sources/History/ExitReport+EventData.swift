// SPDX-License-Identifier: Apache-2.0

package import Shared

extension EventData {
    /// The data of an `exit` event. The request stands in the event itself; what nobody captured or caused is left out.
    package init(_ exit: ExitReport, exitedAfterDisconnect: Bool?) {
        var fields: [String: JSONValue] = [
            "code": exit.code.map { .integer(Int64($0)) } ?? .null,
            "signal": exit.signal.map { .string($0.description) } ?? .null,
            "reason": .string(exit.reason.rawValue),
            "exitedAfterDisconnect": exitedAfterDisconnect.map(JSONValue.bool) ?? .null,
            "uptimeMs": exit.uptimeMs.map(JSONValue.integer) ?? .null,
            "maxRssBytes": exit.maxRssBytes.map(JSONValue.integer) ?? .null,
            "userMs": exit.userMs.map(JSONValue.integer) ?? .null,
            "systemMs": exit.systemMs.map(JSONValue.integer) ?? .null,
        ]
        fields["stderr"] = exit.stderr.map(JSONValue.string)
        if !exit.leftBehind.isEmpty {
            fields["leftBehind"] = .array(exit.leftBehind.map { .integer(Int64($0)) })
        }
        fields["logSeq"] = exit.logSeq.map(JSONValue.integer)
        fields["principal"] = exit.principal.map(JSONValue.string)
        self = .value(.object(fields))
    }
}
