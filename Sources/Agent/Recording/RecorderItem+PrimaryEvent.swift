// SPDX-License-Identifier: Apache-2.0

import Cluster
import History
import Shared

extension RecorderItem {
    /// The contract's event, with the data that the contract's table names.
    /// - Parameter storesMessages: whether the messages of workers are part of the history.
    init(_ source: PrimaryEvent, storesMessages: Bool) {
        let worker = source.namedWorker
        let origin = source.requestID.map(CommandOrigin.init(carried:))
        let requestID = origin?.requestID
        func event(_ type: EventType, _ data: EventData) -> Event {
            Event(
                time: source.time, type: type, workerId: worker?.id, pid: worker?.pid, requestId: requestID, data: data)
        }
        func stored(_ type: EventType, _ data: EventData = [:]) -> Content {
            .stored(HistoryEntry(event: event(type, data), worker: worker))
        }
        number = source.number
        switch source.kind {
        case .setup(let settings):
            content = stored(.setup, EventData.value(["settings": JSONValue(encoding: settings)]).naming(origin))
        case .fork:
            content = stored(.fork, EventData(forkOf: worker).naming(instanceOf: worker).naming(origin))
        case .online:
            content = stored(.online)
        case .listening(let address):
            content = stored(.listening, EventData(address))
        case .leaving:
            var data: [String: JSONValue] = ["deadline": (worker?.leaving?.deadline).map { .string("\($0)") } ?? .null]
            data["reason"] = .string(source.reasonToLeave)
            data["principal"] = (origin?.principal).map(JSONValue.string)
            content = stored(.leaving, .value(.object(data)).naming(instanceOf: worker))
        case .disconnect:
            let wasAsked = worker?.exitedAfterDisconnect.map(JSONValue.bool) ?? .null
            var data: [String: JSONValue] = ["exitedAfterDisconnect": wasAsked]
            if let reason = worker?.disconnectReason { data["reason"] = .string(reason.rawValue) }
            data["principal"] = (origin?.principal).map(JSONValue.string)
            content = stored(.disconnect, .value(.object(data)).naming(instanceOf: worker))
        case .exit(let report):
            let data = EventData(worker?.exit ?? report, exitedAfterDisconnect: worker?.exitedAfterDisconnect)
            content = stored(.exit, data.naming(instanceOf: worker))
        case .noted(let note):
            var fields = note.data.fields
            if let principal = origin?.principal, fields["principal"] == nil {
                fields["principal"] = .string(principal)
            }
            // The worker's summary stays as it is.
            content = .stored(
                HistoryEntry(
                    event: Event(
                        time: source.time, type: note.type, workerId: note.workerId, pid: worker?.pid,
                        requestId: requestID, data: .value(.object(fields)))))
        case .message(let message):
            guard let data = EventData(message) else {
                let reason = "a message takes more than \(EventData.maxBytes >> 20) MiB as JSON"
                content = .lostMessages(
                    RecorderGap(lost: 1, since: source.time, until: source.time, reason), of: worker?.id)
                break
            }
            // The worker does not notice, so its summary stays as it is.
            let event = event(.message, data)
            content = storesMessages ? .stored(HistoryEntry(event: event)) : .streamed(event)
        case .messagesLost(let count, let since, let reason):
            content = .lostMessages(
                RecorderGap(lost: count, since: since, until: source.time, reason), of: worker?.id)
        }
    }
}

extension PrimaryEvent {
    /// Who wanted the worker to go. Without a caller it is the agent's own end.
    fileprivate var reasonToLeave: String {
        isCommanded ? "command" : isSupervised ? "supervision" : ExitReport.Reason.agentStopped.rawValue
    }

    fileprivate var namedWorker: WorkerInfo? {
        guard var worker else { return nil }
        if case .exit(let report) = kind { worker.exit = report }
        return worker.namingItsEnd
    }
}

extension JSONValue {
    fileprivate init(_ type: AddressType) {
        self = Int64(type.description).map(JSONValue.integer) ?? .string(type.description)
    }
}

extension EventData {
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
        self = .value(.object(fields))
    }
}

extension EventData {
    fileprivate var fields: [String: JSONValue] {
        guard case .object(let fields) = value else { return [:] }
        return fields
    }
}

extension EventData {
    /// Names the primary script. Other callers' commands are events of their own, which name them.
    fileprivate func naming(_ origin: CommandOrigin?) -> EventData {
        guard let principal = origin?.principal, principal == Principal.primaryScript.description else { return self }
        return .value(.object(fields.merging(["principal": .string(principal)]) { _, new in new }))
    }
}
