// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import LinuxIO

@Suite struct DescriptorTableTests {
    @Test func `a token gives the descriptor back once`() throws {
        let pair = try SocketPair()
        defer { close(pair.far) }
        var table = DescriptorTable()
        let token = table.insert(OwnedFD(pair.near))
        let check1 = table.count == 1
        #expect(check1)
        let check2 = table.number(of: token) == pair.near
        #expect(check2)
        let check3 = table.discard(token)
        #expect(check3)
        let check4 = table.number(of: token) == nil
        #expect(check4)
        let check5 = !table.discard(token)
        #expect(check5)
        let check6 = table.count == 0
        #expect(check6)
        #expect(SocketPair.isPeerClosed(pair.far))
    }

    @Test func `a token of one that is gone does not name its successor`() throws {
        let pairs = [try SocketPair(), try SocketPair()]
        defer { for pair in pairs { close(pair.far) } }
        var table = DescriptorTable()
        let stale = table.insert(OwnedFD(pairs[0].near))
        _ = table.remove(stale)
        let fresh = table.insert(OwnedFD(pairs[1].near))
        #expect(stale != fresh)
        let check7 = !table.discard(stale)
        #expect(check7)
        let check8 = table.number(of: fresh) == pairs[1].near
        #expect(check8)
        #expect(!SocketPair.isPeerClosed(pairs[1].far))
    }

    @Test func `a token survives as a plain number`() throws {
        let pair = try SocketPair()
        defer { close(pair.far) }
        var table = DescriptorTable()
        let token = table.insert(OwnedFD(pair.near))
        #expect(DescriptorTable.Token(rawValue: token.rawValue) == token)
    }

    @Test(arguments: [0, 1, 1 << 32, UInt64.max])
    func `a number that is no token names nothing`(_ number: UInt64) {
        var table = DescriptorTable()
        let check9 = !table.discard(DescriptorTable.Token(rawValue: number))
        #expect(check9)
    }

    @Test func `a table closes what is left in it`() throws {
        let pairs = try (0..<3).map { _ in try SocketPair() }
        defer { for pair in pairs { close(pair.far) } }
        do {
            var table = DescriptorTable()
            let tokens = pairs.map { table.insert(OwnedFD($0.near)) }
            _ = table.remove(tokens[1])
            #expect(pairs.map { SocketPair.isPeerClosed($0.far) } == [false, true, false])
        }
        #expect(pairs.allSatisfy { SocketPair.isPeerClosed($0.far) })
    }
}

extension DescriptorTable {
    /// Removes and closes; false where the token names nothing.
    fileprivate mutating func discard(_ token: Token) -> Bool {
        guard let descriptor = remove(token) else { return false }
        return descriptor.number >= 0
    }
}
