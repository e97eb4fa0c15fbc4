// SPDX-License-Identifier: Apache-2.0

import GRDB
import Shared
import TestSupport
import Testing

@testable import History

/// Keys and answers in the file.
struct IdempotencyTests {
    private static func request(_ key: String = "k", at milliseconds: Int64 = 0) -> IdempotentRequest {
        IdempotentRequest(
            principal: "token:ci", key: key, fingerprint: [UInt8](repeating: 7, count: 32), requestID: "r-1",
            begunAt: Timestamp(milliseconds: milliseconds))
    }

    @Test func `a claim is known until it is released`() throws {
        let history = try History.inMemory()
        #expect(try history.claim(Self.request()) == .new)
        #expect(try history.claim(Self.request(at: 5)) == .unfinished(Self.request()))
        try history.release(Self.request())
        #expect(try history.claim(Self.request(at: 5)) == .new)
    }

    @Test func `an answer outlives the program`() async throws {
        try await withTemporaryDirectory { directory in
            let reply = IdempotentReply(status: 201, body: Array("{}".utf8))
            let first = try History.open(path: directory.historyPath)
            _ = try first.claim(Self.request())
            try first.finish(Self.request(), with: reply)
            try first.close()
            let second = try History.open(path: directory.historyPath)
            #expect(try second.claim(Self.request()) == .answered(Self.request(), reply))
            try second.close()
        }
    }

    @Test func `an answer comes even if the disk is full`() throws {
        let history = try History.inMemory()
        let reply = IdempotentReply(status: 201, body: Array("{}".utf8))
        for number in 0..<3 {
            try history.finish(Self.request("k\(number)", at: Int64(number) * 1000), with: reply)
        }
        try history.database.writeWithoutTransaction {
            try $0.execute(
                sql: """
                    CREATE TEMP TRIGGER full BEFORE DELETE ON idempotent_requests
                    BEGIN SELECT RAISE(ABORT, 'the disk is full'); END
                    """)
        }
        let late = Self.request("k2", at: History.idempotencyMilliseconds + 1500)
        #expect(try history.claim(late) == .answered(Self.request("k2", at: 2000), reply))
        #expect(try history.known(late) == .answered(Self.request("k2", at: 2000), reply))
        #expect(try history.known(Self.request("k1", at: History.idempotencyMilliseconds + 1500)) == nil)
    }

    @Test func `an answer that is a day old is removed`() throws {
        let history = try History.inMemory()
        for number in 0..<150 { _ = try history.claim(Self.request("k\(number)", at: Int64(number))) }
        #expect(try history.claim(Self.request("k149", at: History.idempotencyMilliseconds + 149)) == .new)
        let left = try history.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM idempotent_requests") }
        #expect(left == 50)
    }

    @Test func `an answer is kept even without a claim`() throws {
        let history = try History.inMemory()
        let reply = IdempotentReply(status: 201, body: Array("{}".utf8))
        try history.finish(Self.request(), with: reply)
        #expect(try history.claim(Self.request(at: 5)) == .answered(Self.request(), reply))
    }

    /// Its claim failed, so it does not know that it is not the first.
    @Test func `another request's answer stays`() throws {
        let history = try History.inMemory()
        let first = IdempotentReply(status: 201, body: Array("{}".utf8))
        #expect(try history.claim(Self.request()) == .new)
        try history.finish(Self.request(), with: first)
        try history.release(Self.request(at: 5))
        try history.release(Self.request())
        try history.finish(Self.request(at: 5), with: IdempotentReply(status: 404, body: []))
        #expect(try history.claim(Self.request(at: 6)) == .answered(Self.request(), first))
    }

    @Test func `an expired answer makes room for the next`() throws {
        let history = try History.inMemory()
        let (first, second) = (IdempotentReply(status: 201, body: []), IdempotentReply(status: 404, body: []))
        try history.finish(Self.request(), with: first)
        let next = Self.request(at: History.idempotencyMilliseconds)
        try history.finish(next, with: second)
        #expect(try history.claim(next) == .answered(next, second))
    }
}
