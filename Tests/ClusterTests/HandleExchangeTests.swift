// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Cluster

/// Which descriptor an answer is about.
struct HandleExchangeTests {
    /// One that a program passes.
    private static func passed(_ whenArrived: (() -> Void)? = nil) throws -> SentHandles.Sent {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        close(ends[1])
        return .passed(try PassedSocket(adopting: ends[0]), [], attempts: 1, whenArrived: whenArrived)
    }

    /// The connection that an answer is about; nil if it is about something else.
    private static func sequence(_ refusal: HandleExchange.Refusal?) -> Int? {
        if case .again(.connection(let sequence)) = refusal { sequence } else { nil }
    }

    @Test func `answers come in the order of what was sent`() throws {
        var exchange = HandleExchange()
        exchange.didSend(.connection(sequence: 1))
        exchange.didSend(try Self.passed())
        exchange.didSend(.connection(sequence: 2))
        #expect(exchange.unconfirmedPassed == 1 && exchange.unconfirmedShared == 0)
        #expect(Self.sequence(exchange.didNotArrive()) == 1)
        #expect(exchange.didArrive() == nil && exchange.unconfirmedPassed == 0)
        #expect(Self.sequence(exchange.didNotArrive()) == 2)
        #expect(exchange.didNotArrive() == nil)
    }

    @Test func `an answer is never about what was left out`() throws {
        var exchange = HandleExchange()
        var arrived = false
        exchange.didSend(.connection(sequence: 1))
        exchange.didSend(try Self.passed { arrived = true })
        exchange.didSend(.connection(sequence: 2))
        exchange.didSend(.connection(sequence: 3))
        exchange.didLeaveOut(before: 2)?()
        #expect(arrived && exchange.unconfirmedPassed == 0)
        #expect(exchange.didLeaveOut(before: 0) == nil)
        #expect(Self.sequence(exchange.didNotArrive()) == 1)
        #expect(Self.sequence(exchange.didNotArrive()) == 2)
        #expect(exchange.didLeaveOut(before: 5) == nil)
    }

    @Test func `a socket is offered four times`() throws {
        var exchange = HandleExchange()
        var (arrived, attempts) = (false, 1)
        exchange.didSend(try Self.passed { arrived = true })
        while case .again(let sent) = exchange.didNotArrive() {
            exchange.didSend(sent)
            attempts += 1
        }
        #expect(attempts == 4 && !arrived && exchange.unconfirmedPassed == 0)
    }
}
