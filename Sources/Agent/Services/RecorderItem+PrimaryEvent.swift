// SPDX-License-Identifier: Apache-2.0

import Cluster
import FoundationEssentials
import History
import Shared

extension RecorderItem {
    /// The event of the contract, with the data that its table names.
    init(_ source: PrimaryEvent) {
        number = source.number
        switch source.kind {
        case .setup(let settings):
            content = .stored(source.entry(.setup, ["settings": JSONValue(settings)]))
        case .fork:
            content = .stored(source.entry(.fork, JSONValue(forkOf: source.worker)))
        case .online:
            content = .stored(source.entry(.online))
        case .listening(let address):
            content = .stored(source.entry(.listening, JSONValue(address)))
        case .disconnect:
            content = .stored(
                source.entry(.disconnect, ["exitedAfterDisconnect": source.exitedAfterDisconnect]))
        case .exit(let report):
            content = .stored(
                source.entry(.exit, JSONValue(report, exitedAfterDisconnect: source.exitedAfterDisconnect)))
        case .message(let message):
            content = JSONValue(message).map { .streamed(source.event(.message, $0)) } ?? .unreadable
        }
    }
}

extension PrimaryEvent {
    fileprivate func event(_ type: EventType, _ data: JSONValue) -> Event {
        Event(time: time, type: type, workerId: worker?.id, pid: worker?.pid, requestId: requestID, data: data)
    }

    fileprivate func entry(_ type: EventType, _ data: JSONValue = [:]) -> HistoryEntry {
        HistoryEntry(event: event(type, data), worker: worker)
    }

    fileprivate var exitedAfterDisconnect: JSONValue {
        worker?.exitedAfterDisconnect.map(JSONValue.bool) ?? .null
    }
}

extension JSONValue {
    fileprivate init(_ settings: ClusterSettings) {
        // Settings are made of strings, numbers and lists of them, which always can be written and read.
        self = (try? JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(settings))) ?? [:]
    }

    fileprivate init(forkOf worker: WorkerInfo?) {
        guard let worker else {
            self = [:]
            return
        }
        self = [
            "exec": .string(worker.exec),
            "args": .array(worker.args.map(JSONValue.string)),
            "settingsRevision": .integer(Int64(worker.settingsRevision)),
        ]
    }

    fileprivate init(_ listening: ListeningAddress) {
        var fields: [String: JSONValue] = [
            "address": listening.address.map(JSONValue.string) ?? .null,
            "port": listening.port.map { .integer(Int64($0)) } ?? .null,
            "addressType": JSONValue(listening.addressType),
        ]
        if let fd = listening.fd { fields["fd"] = .integer(Int64(fd)) }
        self = .object(fields)
    }

    private init(_ type: AddressType) {
        self = Int64(type.description).map(JSONValue.integer) ?? .string(type.description)
    }

    fileprivate init(_ exit: ExitReport, exitedAfterDisconnect: JSONValue) {
        self = [
            "code": exit.code.map { .integer(Int64($0)) } ?? .null,
            "signal": exit.signal.map { .string($0.description) } ?? .null,
            "reason": .string(exit.reason.rawValue),
            "exitedAfterDisconnect": exitedAfterDisconnect,
            "uptimeMs": .integer(exit.uptimeMs),
            "maxRssBytes": .integer(exit.maxRssBytes),
            "userMs": .integer(exit.userMs),
            "systemMs": .integer(exit.systemMs),
        ]
    }

    /// Nil where the text is no JSON that can be read, which the primary has checked, or is nested too deeply.
    fileprivate init?(_ message: WorkerMessage) {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(message.json)) else { return nil }
        var fields = ["message": value]
        if let handle = message.handle { fields["handle"] = .string(handle) }
        self = .object(fields)
    }
}
