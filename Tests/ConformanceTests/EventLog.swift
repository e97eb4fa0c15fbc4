// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Shared

/// All events of a primary so far, and a way to wait for one. A wait ends with an error when its test does.
actor EventLog {
    private struct Waiter {
        let matches: (PrimaryEvent) -> Bool
        let continuation: CheckedContinuation<PrimaryEvent, any Error>
    }

    private(set) var events: [PrimaryEvent] = []
    private var messages: [WorkerID: [WorkerMessage]] = [:]
    private var waiters: [Int: Waiter] = [:]
    private var ticket = 0

    func append(_ event: PrimaryEvent) {
        events.append(event)
        if case .message(let message) = event.kind, let worker = event.worker?.id {
            messages[worker, default: []].append(message)
        }
        for (ticket, waiter) in waiters where waiter.matches(event) {
            waiters[ticket] = nil
            waiter.continuation.resume(returning: event)
        }
    }

    /// The first event, past or to come, that fits.
    @discardableResult
    func first(where matches: @escaping @Sendable (PrimaryEvent) -> Bool) async throws -> PrimaryEvent {
        if let event = events.first(where: matches) { return event }
        return try await next(where: matches)
    }

    /// The first event of this kind of a worker.
    @discardableResult
    func first(_ kind: EventType, of worker: WorkerID) async throws -> PrimaryEvent {
        try await first { $0.worker?.id == worker && $0.kind.type == kind }
    }

    /// The kinds of a worker's events, in order.
    func kinds(of worker: WorkerID) -> [EventType] {
        events.filter { $0.worker?.id == worker }.map(\.kind.type)
    }

    /// The first `count` messages of a worker, in order; waits until they are there.
    func messages(_ count: Int, of worker: WorkerID) async throws -> [WorkerMessage] {
        while messages[worker, default: []].count < count {
            try await next { $0.worker?.id == worker && $0.kind.type == .message }
        }
        return Array(messages[worker, default: []].prefix(count))
    }

    /// What the worker says in its message of this number, from 1.
    func message(_ number: Int, of worker: WorkerID) async throws -> JSONValue {
        let message = try await messages(number, of: worker)[number - 1]
        return try JSONDecoder().decode(JSONValue.self, from: Data(message.json))
    }

    @discardableResult
    private func next(where matches: @escaping (PrimaryEvent) -> Bool) async throws -> PrimaryEvent {
        ticket += 1
        let ticket = ticket
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                waiters[ticket] = Waiter(matches: matches, continuation: continuation)
            }
        } onCancel: {
            Task { await self.cancel(ticket) }
        }
    }

    private func cancel(_ ticket: Int) {
        waiters.removeValue(forKey: ticket)?.continuation.resume(throwing: CancellationError())
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
        case .messagesLost: .gap
        case .leaving: .leaving
        case .disconnect: .disconnect
        case .exit: .exit
        case .noted(let note): note.type
        }
    }
}
