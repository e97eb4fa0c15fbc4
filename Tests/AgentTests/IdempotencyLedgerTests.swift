// SPDX-License-Identifier: Apache-2.0

import History
import Shared
import Testing

@testable import Agent

/// What becomes of a key.
@Suite(.timeLimit(.minutes(1)))
struct IdempotencyLedgerTests {
    private static let reply = IdempotentReply(status: 201, body: [1, 2, 3])

    private static func request(
        _ key: String = "k", fingerprint: UInt8 = 0, principal: String = "token:ci", at milliseconds: Int64 = 0
    ) -> IdempotentRequest {
        IdempotentRequest(
            principal: principal, key: key, fingerprint: [UInt8](repeating: fingerprint, count: 32),
            requestID: "r-1", begunAt: Timestamp(milliseconds: milliseconds))
    }

    private static func ledgers() throws -> [IdempotencyLedger] {
        [
            IdempotencyLedger(store: HistoryIdempotencyStore(history: try .inMemory()), logger: .silent),
            IdempotencyLedger(store: BrokenIdempotencyStore(), logger: .silent),
        ]
    }

    @Test func `a repeat gets the answer again`() async throws {
        for ledger in try Self.ledgers() {
            #expect(try await ledger.begin(Self.request()) == nil)
            await ledger.finish(Self.request(), with: .answered(Self.reply))
            #expect(try await ledger.begin(Self.request()) == Self.reply)
            #expect(try await ledger.begin(Self.request()) == Self.reply)
            #expect(try await ledger.begin(Self.request("other")) == nil)
        }
    }

    @Test func `a key is for one request`() async throws {
        for ledger in try Self.ledgers() {
            #expect(try await ledger.begin(Self.request()) == nil)
            var error = await #expect(throws: ClusterError.self) {
                try await ledger.begin(Self.request(fingerprint: 1))
            }
            #expect(error?.reason == .idempotencyKeyReused)
            await ledger.finish(Self.request(), with: .answered(Self.reply))
            error = await #expect(throws: ClusterError.self) { try await ledger.begin(Self.request(fingerprint: 1)) }
            #expect(error?.reason == .idempotencyKeyReused && error?.status == .invalidArgument)
        }
    }

    @Test func `each caller has keys of its own`() async throws {
        for ledger in try Self.ledgers() {
            #expect(try await ledger.begin(Self.request()) == nil)
            await ledger.finish(Self.request(), with: .answered(Self.reply))
            #expect(try await ledger.begin(Self.request(principal: "token:eye")) == nil)
        }
    }

    @Test func `a command that was not done may be tried again`() async throws {
        for ledger in try Self.ledgers() {
            #expect(try await ledger.begin(Self.request()) == nil)
            await ledger.finish(Self.request(), with: .nothingDone)
            #expect(try await ledger.begin(Self.request(fingerprint: 1)) == nil)
        }
    }

    @Test func `a command that broke off is not done again`() async throws {
        for ledger in try Self.ledgers() {
            #expect(try await ledger.begin(Self.request()) == nil)
            await ledger.finish(Self.request(), with: .unknown)
            let error = await #expect(throws: ClusterError.self) { try await ledger.begin(Self.request()) }
            #expect(error?.reason == .idempotencyOutcomeUnknown && error?.metadata["requestId"] == "r-1")
        }
    }

    @Test func `a key is known for 24 hours`() async throws {
        let day = History.idempotencyMilliseconds
        for ledger in try Self.ledgers() {
            #expect(try await ledger.begin(Self.request()) == nil)
            await ledger.finish(Self.request(), with: .answered(Self.reply))
            #expect(try await ledger.begin(Self.request(at: day - 1)) == Self.reply)
            #expect(try await ledger.begin(Self.request(fingerprint: 1, at: day)) == nil)
        }
    }

    @Test func `repeats wait for the first`() async throws {
        for ledger in try Self.ledgers() {
            #expect(try await ledger.begin(Self.request()) == nil)
            let repeats = (0..<50).map { _ in Task { try await ledger.begin(Self.request()) } }
            await ledger.finish(Self.request(), with: .answered(Self.reply))
            for each in repeats { #expect(try await each.value == Self.reply) }
        }
    }

    @Test func `if nothing was done, one of those that wait goes on`() async throws {
        for ledger in try Self.ledgers() {
            #expect(try await ledger.begin(Self.request()) == nil)
            let answers = try await withThrowingTaskGroup(of: IdempotentReply?.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        let reply = try await ledger.begin(Self.request())
                        if reply == nil { await ledger.finish(Self.request(), with: .answered(Self.reply)) }
                        return reply
                    }
                }
                await ledger.finish(Self.request(), with: .nothingDone)
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.filter { $0 == nil }.count == 1)
        }
    }

    @Test func `a cancelled repeat waits no longer`() async throws {
        let ledger = IdempotencyLedger(store: BrokenIdempotencyStore(), logger: .silent)
        #expect(try await ledger.begin(Self.request()) == nil)
        let waiting = Task { try await ledger.begin(Self.request()) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }

    @Test func `memory is bounded without a history`() async throws {
        let ledger = IdempotencyLedger(store: BrokenIdempotencyStore(), capacity: 2, logger: .silent)
        for key in ["a", "b", "c"] {
            #expect(try await ledger.begin(Self.request(key)) == nil)
            await ledger.finish(Self.request(key), with: .answered(Self.reply))
        }
        #expect(try await ledger.begin(Self.request("b")) == Self.reply)
        #expect(try await ledger.begin(Self.request("a")) == nil)
    }

    @Test func `answers outlive the agent`() async throws {
        let history = try History.inMemory()
        let store = HistoryIdempotencyStore(history: history)
        let first = IdempotencyLedger(store: store, logger: .silent)
        #expect(try await first.begin(Self.request()) == nil)
        #expect(try await first.begin(Self.request("crash")) == nil)
        await first.finish(Self.request(), with: .answered(Self.reply))
        let second = IdempotencyLedger(store: store, logger: .silent)
        #expect(try await second.begin(Self.request()) == Self.reply)
        let error = await #expect(throws: ClusterError.self) { try await second.begin(Self.request("crash")) }
        #expect(error?.reason == .idempotencyOutcomeUnknown)
    }

    @Test func `an expired key does not displace its next answer`() async throws {
        let day = History.idempotencyMilliseconds
        let ledger = IdempotencyLedger(store: BrokenIdempotencyStore(), capacity: 2, logger: .silent)
        #expect(try await ledger.begin(Self.request()) == nil)
        await ledger.finish(Self.request(), with: .answered(Self.reply))
        let next = Self.request(at: day)
        #expect(try await ledger.begin(next) == nil)
        await ledger.finish(next, with: .answered(Self.reply))
        let other = Self.request("other", at: day)
        #expect(try await ledger.begin(other) == nil)
        await ledger.finish(other, with: .answered(Self.reply))
        #expect(try await ledger.begin(Self.request(at: day + 1)) == Self.reply)
    }

    /// The history is back when the command is done.
    @Test func `an answer is kept even if its key could not be claimed`() async throws {
        let store = HistoryIdempotencyStore(history: try .inMemory())
        let ledger = IdempotencyLedger(store: NoClaims(store: store), logger: .silent)
        #expect(try await ledger.begin(Self.request()) == nil)
        await ledger.finish(Self.request(), with: .answered(Self.reply))
        let later = IdempotencyLedger(store: store, logger: .silent)
        #expect(try await later.begin(Self.request()) == Self.reply)
    }

    /// The history can be read but not written.
    @Test func `a stored answer is given again without a claim`() async throws {
        let store = HistoryIdempotencyStore(history: try .inMemory())
        let first = IdempotencyLedger(store: store, logger: .silent)
        #expect(try await first.begin(Self.request()) == nil)
        #expect(try await first.begin(Self.request("crash")) == nil)
        await first.finish(Self.request(), with: .answered(Self.reply))
        let second = IdempotencyLedger(store: NoClaims(store: store), logger: .silent)
        #expect(try await second.begin(Self.request(at: 5)) == Self.reply)
        let error = await #expect(throws: ClusterError.self) { try await second.begin(Self.request("crash", at: 5)) }
        #expect(error?.reason == .idempotencyOutcomeUnknown)
        #expect(try await second.begin(Self.request("new")) == nil)
        #expect(try await second.begin(Self.request(at: History.idempotencyMilliseconds)) == nil)
    }

    /// It was stored after all, and must not pass for another request's.
    @Test func `a claim that failed after it was stored is the request's own`() async throws {
        let store = HistoryIdempotencyStore(history: try .inMemory())
        _ = try await store.claim(Self.request())
        let ledger = IdempotencyLedger(store: NoClaims(store: store), logger: .silent)
        #expect(try await ledger.begin(Self.request()) == nil)
    }

    private struct NoClaims: IdempotencyStore {
        let store: HistoryIdempotencyStore

        func claim(_ request: IdempotentRequest) throws -> IdempotencyClaim {
            throw ClusterError(.unavailable, .historyUnavailable, "the disk is full")
        }
        func known(_ request: IdempotentRequest) async throws -> IdempotencyClaim? { try await store.known(request) }
        func finish(_ request: IdempotentRequest, with reply: IdempotentReply) async throws {
            try await store.finish(request, with: reply)
        }
        func release(_ request: IdempotentRequest) async throws { try await store.release(request) }
    }
}
