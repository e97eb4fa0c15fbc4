// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import LinuxIO

@Suite(.timeLimit(.minutes(1))) struct ConnectionPeekTests {
    /// What one look at the near end finds: the text, and whether it is the last; nil if nothing is there.
    private func look(_ pair: SocketPair, atMost limit: Int = 100) async throws -> (text: String, isLast: Bool)? {
        try await withEventLoop { loop in
            await OnLoop(loop, ()).run { _, loop in
                let table = DescriptorTable()
                let token = table.insert(OwnedFD(dup(pair.near)))
                var found: (text: String, isLast: Bool)?
                ConnectionPeek.look(at: token, of: table, atMost: limit, loop: loop) { bytes, isLast in
                    found = (String(decoding: bytes, as: UTF8.self), isLast)
                }
                _ = table.remove(token)
                ConnectionPeek.look(at: token, of: table, atMost: limit, loop: loop) { _, _ in
                    Issue.record("a connection that is gone is looked at")
                }
                return found
            }
        }
    }

    @Test func `a look finds what is there, and takes nothing`() async throws {
        let pair = try SocketPair()
        defer { close(pair.near) }
        #expect(try await look(pair) == nil)
        #expect(write(pair.far, "hello", 5) == 5)
        for _ in 0..<2 {
            let found = try await look(pair)
            #expect(found?.text == "hello" && found?.isLast == false)
        }
        let beginning = try await look(pair, atMost: 4)
        #expect(beginning?.text == "hell" && beginning?.isLast == true)
        close(pair.far)
        let rest = try await look(pair)
        #expect(rest?.text == "hello")
    }

    @Test func `the end is found if nothing came before`() async throws {
        let pair = try SocketPair()
        defer { close(pair.near) }
        close(pair.far)
        let found = try await look(pair)
        #expect(found?.text == "" && found?.isLast == true)
    }
}
