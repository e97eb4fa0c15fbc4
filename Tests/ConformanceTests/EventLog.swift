// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared

/// All events of a primary so far, and a way to wait for one.
actor EventLog {
    private(set) var events: [PrimaryEvent] = []
    private var waiters:
        [(matches: @Sendable (PrimaryEvent) -> Bool, continuation: CheckedContinuation<PrimaryEvent, Never>)] =
            []

    func append(_ event: PrimaryEvent) {
        events.append(event)
        for index in waiters.indices.reversed() where waiters[index].matches(event) {
            waiters.remove(at: index).continuation.resume(returning: event)
        }
    }

    /// The first event, past or to come, that fits.
    @discardableResult
    func first(where matches: @escaping @Sendable (PrimaryEvent) -> Bool) async -> PrimaryEvent {
        if let event = events.first(where: matches) { return event }
        return await withCheckedContinuation { waiters.append((matches, $0)) }
    }

    /// The first event of this kind of a worker.
    @discardableResult
    func first(_ kind: EventType, of worker: WorkerID) async -> PrimaryEvent {
        await first { $0.worker?.id == worker && $0.kind.type == kind }
    }

    /// The kinds of a worker's events, in order.
    func kinds(of worker: WorkerID) -> [EventType] {
        events.filter { $0.worker?.id == worker }.map(\.kind.type)
    }

    /// The messages of a worker, in order.
    func messages(of worker: WorkerID) -> [String] {
        events.compactMap { event in
            guard event.worker?.id == worker, case .message(let message) = event.kind else { return nil }
            return String(decoding: message.json, as: UTF8.self)
        }
    }

    /// Waits for a message whose JSON text is `json`.
    func message(_ json: String, from worker: WorkerID) async {
        await first { event in
            guard event.worker?.id == worker, case .message(let message) = event.kind else { return false }
            return String(decoding: message.json, as: UTF8.self) == json
        }
    }
}

extension PrimaryEvent.Kind {
    var type: EventType {
        switch self {
        case .setup: .setup
        case .fork: .fork
        case .online: .online
        case .listening: .listening
        case .message: .message
        case .disconnect: .disconnect
        case .exit: .exit
        }
    }
}
