// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Fleet

/// When a broken connection is tried again.
struct BackoffTests {
    @Test func `each failure doubles the wait up to the longest`() {
        var backoff = ReconnectBackoff()
        let waits = (0..<10).map { _ in backoff.didFail(at: .zero, random: 1) }
        #expect(waits.prefix(4) == [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2)])
        #expect(waits.suffix(2) == [.seconds(15), .seconds(15)])
    }

    @Test func `half of the wait is random`() {
        var (least, most) = (ReconnectBackoff(), ReconnectBackoff())
        #expect(least.didFail(at: .zero, random: 0) == .milliseconds(125))
        #expect(most.didFail(at: .zero, random: 1) == .milliseconds(250))
        #expect(most.didFail(at: .zero, random: 7) == .milliseconds(500))
    }

    @Test func `only a connection that lasted makes the next wait short again`() {
        var backoff = ReconnectBackoff()
        for _ in 0..<8 { _ = backoff.didFail(at: .zero, random: 1) }
        backoff.didConnect(at: .seconds(100))
        #expect(backoff.didFail(at: .seconds(101), random: 1) == .seconds(15))
        backoff.didConnect(at: .seconds(200))
        #expect(backoff.didFail(at: .seconds(210), random: 1) == .milliseconds(250))
    }
}
