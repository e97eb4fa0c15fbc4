// SPDX-License-Identifier: Apache-2.0

import History
import Logging
import Shared

/// Makes sure that a command with an `Idempotency-Key` is done once. Repeats wait for the first and get its answer.
///
/// A key is claimed in the history before its command is done, and the answer is kept there, so both survive the agent.
/// While the history does not work, commands still run, and keys and answers stay in memory until the agent ends.
actor IdempotencyLedger {
    private struct Key: Hashable {
        let principal: String
        let key: String

        init(_ request: IdempotentRequest) {
            principal = request.principal
            key = request.key
        }
    }

    private enum Entry {
        /// Exits: `kept`, removal. Repeats wait for these streams to end.
        case underWay(IdempotentRequest, [AsyncStream<Never>.Continuation])
        /// Only an answer that the history could not take. Exit: removal.
        case kept(IdempotentRequest, IdempotentReply?)
    }

    /// How many answers stay in memory.
    private let capacity: Int
    private let store: any IdempotencyStore
    private let logger: Logger
    private var entries: [Key: Entry] = [:]
    /// The kept answers' keys, oldest first, each once.
    private var kept: [Key] = []

    init(store: any IdempotencyStore, capacity: Int = 10_000, logger: Logger) {
        self.store = store
        self.capacity = capacity
        self.logger = logger
    }

    /// - Returns: the answer to give again. Nil if the command must be done, and then ``finish(_:with:)`` must follow.
    /// - Throws: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_OUTCOME_UNKNOWN`, `CancellationError`.
    func begin(_ request: IdempotentRequest) async throws -> IdempotentReply? {
        let key = Key(request)
        while true {
            switch entries[key] {
            case .underWay(let first, let waiters):
                try Self.check(request, isRepeatOf: first)
                let (end, waiter) = AsyncStream.makeStream(of: Never.self)
                entries[key] = .underWay(first, waiters + [waiter])
                for await _ in end {}
                try Task.checkCancellation()
            case .kept(let first, let reply):
                guard Self.isCurrent(first, at: request.begunAt) else {
                    entries[key] = nil
                    // Otherwise the key's old place would later remove its next answer.
                    kept.removeAll { $0 == key }
                    continue
                }
                return try Self.replay(reply, of: first, to: request)
            case nil:
                entries[key] = .underWay(request, [])
                return try await claim(request)
            }
        }
    }

    /// - Parameter request: one for which ``begin(_:)`` has returned nil.
    func finish(_ request: IdempotentRequest, with outcome: IdempotencyOutcome) async {
        switch outcome {
        case .answered(let reply):
            let isStored = await attempt { try await $0.finish(request, with: reply) }
            settle(request, keeping: isStored ? nil : .kept(request, reply))
        case .nothingDone:
            _ = await attempt { try await $0.release(request) }
            settle(request, keeping: nil)
        case .unknown:
            // The history has the claim, or could not take that either.
            settle(request, keeping: .kept(request, nil))
        }
    }

    private func claim(_ request: IdempotentRequest) async throws -> IdempotentReply? {
        var claim = IdempotencyClaim.new
        let isClaimed = await attempt { claim = try await $0.claim(request) }
        // A history that cannot be written can often be read. The claim may have been stored before it failed.
        if !isClaimed, let known = try? await store.known(request), known != .unfinished(request) { claim = known }
        switch claim {
        case .new:
            return nil
        case .unfinished(let first):
            settle(request, keeping: nil)
            return try Self.replay(nil, of: first, to: request)
        case .answered(let first, let reply):
            settle(request, keeping: nil)
            return try Self.replay(reply, of: first, to: request)
        }
    }

    /// - Returns: false if the history does not work, which is logged.
    private func attempt(_ body: (any IdempotencyStore) async throws -> Void) async -> Bool {
        do {
            try await body(store)
            return true
        } catch {
            logger.warning(
                "an Idempotency-Key cannot be stored; it holds until the agent ends", metadata: ["error": "\(error)"])
            return false
        }
    }

    private func settle(_ request: IdempotentRequest, keeping entry: Entry?) {
        let key = Key(request)
        if case .underWay(_, let waiters) = entries[key] {
            for waiter in waiters { waiter.finish() }
        }
        entries[key] = entry
        guard entry != nil else { return }
        kept.append(key)
        if kept.count > capacity { entries[kept.removeFirst()] = nil }
    }

    private static func isCurrent(_ first: IdempotentRequest, at now: Timestamp) -> Bool {
        now.milliseconds - first.begunAt.milliseconds < History.idempotencyMilliseconds
    }

    private static func replay(
        _ reply: IdempotentReply?, of first: IdempotentRequest, to request: IdempotentRequest
    ) throws(ClusterError) -> IdempotentReply {
        try check(request, isRepeatOf: first)
        guard let reply else {
            throw ClusterError(
                .aborted, .idempotencyOutcomeUnknown,
                "this command broke off, or the agent ended meanwhile; find out by "
                    + "GET /v1/events?requestId=\(first.requestID) what was done, and send what is left with a new key",
                metadata: ["requestId": first.requestID])
        }
        return reply
    }

    private static func check(
        _ request: IdempotentRequest, isRepeatOf first: IdempotentRequest
    ) throws(ClusterError) {
        guard request.fingerprint == first.fingerprint else {
            throw ClusterError(
                .invalidArgument, .idempotencyKeyReused,
                "this Idempotency-Key was sent with another request; make a new one for each command",
                metadata: ["requestId": first.requestID])
        }
    }
}

/// How a command ended, as far as its key matters.
enum IdempotencyOutcome: Sendable {
    /// This is the answer, now and for each repeat.
    case answered(IdempotentReply)
    /// Nothing was done, so a repeat may try again.
    case nothingDone
    /// It broke off, and nobody knows how far it came.
    case unknown
}
