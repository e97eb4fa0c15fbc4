// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Agent

@Suite struct AttemptLimiterTests {
    private static func client(_ text: String) throws -> ClientAddress {
        ClientAddress(try #require(IPAddress(text)))
    }

    @Test func `ten tries are free, and each comes back after 100 milliseconds`() throws {
        let clock = ManualClock()
        let limiter = AttemptLimiter<ClientAddress>(clock: clock)
        let guesser = try Self.client("10.0.0.1")
        for _ in 0..<10 { #expect(limiter.mayFail(guesser)) }
        // Who goes on in vain does not wait longer for it.
        for _ in 0..<100 { #expect(!limiter.mayFail(guesser)) }
        clock.advance(by: .milliseconds(99))
        #expect(!limiter.mayFail(guesser))
        clock.advance(by: .milliseconds(1))
        #expect(limiter.mayFail(guesser))
        #expect(!limiter.mayFail(guesser))
    }

    @Test func `other callers notice nothing`() throws {
        let limiter = AttemptLimiter<ClientAddress>(clock: ManualClock())
        for _ in 0..<20 { _ = limiter.mayFail(try Self.client("10.0.0.1")) }
        #expect(limiter.mayFail(try Self.client("10.0.0.2")))
        #expect(limiter.mayFail(try Self.client("::1")))
    }

    /// The owner of an IPv6 address has 2 to the 64 of them.
    @Test func `the network of one customer is one client`() throws {
        #expect(try Self.client("2001:db8:0:1::1") == Self.client("2001:db8:0:1:ffff::2"))
        #expect(try Self.client("2001:db8:0:1::1") != Self.client("2001:db8:0:2::1"))
        #expect(try Self.client("::ffff:10.0.0.1") == Self.client("10.0.0.1"))
        #expect(try Self.client("::ffff:10.0.0.1") != Self.client("::ffff:10.0.0.2"))
    }

    @Test func `the limiter's memory is bounded`() throws {
        let clock = ManualClock()
        let limiter = AttemptLimiter<ClientAddress>(capacity: 4, clock: clock)
        for number in 1...4 { _ = limiter.mayFail(try Self.client("10.0.0.\(number)")) }
        clock.advance(by: .seconds(1))
        let guesser = try Self.client("10.0.0.9")
        for _ in 0..<10 { #expect(limiter.mayFail(guesser)) }
        #expect(!limiter.mayFail(guesser))
    }

    @Test func `callers without room share their tries`() throws {
        let clock = ManualClock()
        let limiter = AttemptLimiter<ClientAddress>(capacity: 4, clock: clock)
        let first = try Self.client("10.0.0.1")
        for _ in 0..<10 { #expect(limiter.mayFail(first)) }
        var allowed = 0
        for number in 2...200 where limiter.mayFail(try Self.client("10.0.0.\(number)")) { allowed += 1 }
        #expect(allowed == 3 + 10)
        #expect(!limiter.mayFail(first), "a crowd gives nobody new tries")
    }

    @Test func `no entry is forgotten too early`() throws {
        let clock = ManualClock()
        let limiter = AttemptLimiter<ClientAddress>(clock: clock)
        let guesser = try Self.client("10.0.0.1")
        clock.advance(by: .milliseconds(900))
        for _ in 0..<10 { #expect(limiter.mayFail(guesser)) }
        for _ in 0..<3 {
            clock.advance(by: .milliseconds(150))
            #expect(limiter.mayFail(guesser))
        }
        #expect(limiter.mayFail(guesser))
        #expect(!limiter.mayFail(guesser))
    }
}
