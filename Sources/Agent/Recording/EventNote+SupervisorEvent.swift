// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Shared
import Supervision

extension EventNote {
    /// The contract's event, with the data that the contract's table names.
    init(_ event: SupervisorEvent) {
        var data: [String: JSONValue] = [:]
        data["instance"] = event.instance.map { .integer(Int64($0)) }
        data["because"] = (event.because?.reason.rawValue).map(JSONValue.string)
        let (type, more) = Self.content(of: event.kind)
        self.init(type, workerId: event.workerId, data: .value(.object(data.merging(more) { _, new in new })))
    }

    private static func content(of kind: SupervisorEvent.Kind) -> (EventType, [String: JSONValue]) {
        switch kind {
        case .scale(let from, let to): (.scale, ["from": .integer(Int64(from)), "to": .integer(Int64(to))])
        case .restart(let attempt, let delayMs):
            (.restart, ["attempt": .integer(Int64(attempt)), "delayMs": .integer(delayMs)])
        case .ready(let afterMs): (.ready, ["afterMs": .integer(afterMs)])
        case .unresponsive(let forMs): (.unresponsive, ["forMs": .integer(forMs)])
        case .responsive(let afterMs): (.responsive, ["afterMs": .integer(afterMs)])
        case .limit(.memory(let bytes, let maxBytes)):
            (.limit, ["limit": "memory", "bytes": .integer(bytes), "maxBytes": .integer(maxBytes)])
        case .limit(.age(let ms, let maxMs)):
            (.limit, ["limit": "age", "ageMs": .integer(ms), "maxAgeMs": .integer(Int64(maxMs))])
        case .gaveUp(let failures, let periodMs):
            (.gaveUp, ["failures": .integer(Int64(failures)), "periodMs": .integer(Int64(periodMs))])
        case .resolvedAnew(let exec): (.resolved, ["exec": .string(exec)])
        case .operationBegan(let info): (.operation, fields(of: info.naming, step: "began"))
        case .operationProgressed(let id, let progress):
            (
                .operation,
                ["step": "progressed", "name": .string("operations/\(id)"), "progress": JSONValue(encoding: progress)]
            )
        case .operationEnded(let info): (.operation, fields(of: info.naming, step: "ended"))
        }
    }

    /// The end of an operation whose agent ended without a word.
    init(interrupted operation: OperationInfo) {
        self.init(.operation, data: .value(.object(Self.fields(of: operation, step: "ended"))))
    }

    private static func fields(of operation: OperationInfo, step: String) -> [String: JSONValue] {
        guard case .object(var fields) = JSONValue(encoding: operation) else { return [:] }
        fields["step"] = .string(step)
        return fields
    }
}

extension JSONValue {
    /// - Parameter value: consists of strings, numbers and lists of them, which can always be encoded.
    init(encoding value: some Encodable) {
        self = (try? JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value))) ?? [:]
    }
}
