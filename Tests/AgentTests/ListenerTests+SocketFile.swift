// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import ServiceLifecycle
import Shared
import Testing

@testable import Agent

// What happens to the file of the agent's socket.
extension ListenerTests {
    /// A user who cleans up the directory by hand does not cut the agent off.
    @Test func `a socket whose file is removed is bound anew`() async throws {
        let clock = ManualClock()
        try await LiveAgent.with(clock: clock) { agent in
            let before = try RawConnection(path: agent.socket)
            try before.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await before.read(until: "}")
            for _ in 1...2 {
                try FileManager.default.removeItem(atPath: agent.socket)
                for await pause in clock.sleeps where pause == .seconds(1) {
                    clock.advance(by: pause)
                    if FileManager.default.fileExists(atPath: agent.socket) { break }
                }
                let answer = try await agent.status(of: Self.get + "\r\n")
                #expect(answer == 200)
            }
            // Clients that were connected are served on.
            try before.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await before.read(until: "}").hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func `another program's socket is left to it, until it goes`() async throws {
        let clock = ManualClock()
        try await LiveAgent.with(clock: clock) { agent in
            try FileManager.default.removeItem(atPath: agent.socket)
            let other = try UnixListener(path: agent.socket)
            func file() throws -> Int? {
                try FileManager.default.attributesOfItem(atPath: agent.socket)[.systemFileNumber] as? Int
            }
            let number = try file()
            for await pause in clock.sleeps.prefix(5) where pause == .seconds(1) { clock.advance(by: pause) }
            #expect(try file() == number)
            // Its file stays where it is, and nobody listens there.
            other.close()
            for await pause in clock.sleeps where pause == .seconds(1) {
                clock.advance(by: pause)
                if (try? RawConnection(path: agent.socket)) != nil { break }
            }
            let answer = try await agent.status(of: Self.get + "\r\n")
            #expect(answer == 200)
        }
    }
}
