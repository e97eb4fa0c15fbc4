// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import LinuxIO

@Suite struct DescriptorTableTests {
    @Test func `a token gives the descriptor back once`() throws {
        let pair = try SocketPair()
        defer { close(pair.far) }
        let table = DescriptorTable()
        let token = table.insert(OwnedFD(pair.near))
        expect(table.count == 1)
        expect(table.number(of: token) == pair.near)
        expect(table.discard(token))
        expect(table.number(of: token) == nil)
        expect(!table.discard(token))
        expect(table.count == 0)
        #expect(SocketPair.peerCloses(pair.far))
    }

    @Test func `a token of a closed descriptor does not name its successor`() throws {
        let pairs = [try SocketPair(), try SocketPair()]
        defer { for pair in pairs { close(pair.far) } }
        let table = DescriptorTable()
        let stale = table.insert(OwnedFD(pairs[0].near))
        _ = table.remove(stale)
        let fresh = table.insert(OwnedFD(pairs[1].near))
        #expect(stale != fresh)
        expect(!table.discard(stale))
        expect(table.number(of: fresh) == pairs[1].near)
        #expect(!SocketPair.isPeerClosed(pairs[1].far))
    }

    @Test func `a token survives as a plain number`() throws {
        let pair = try SocketPair()
        defer { close(pair.far) }
        let table = DescriptorTable()
        let token = table.insert(OwnedFD(pair.near))
        #expect(DescriptorTable.Token(rawValue: token.rawValue) == token)
    }

    @Test(arguments: [0, 1, 1 << 32, UInt64.max])
    func `a number that is not a token names nothing`(_ number: UInt64) {
        let table = DescriptorTable()
        expect(!table.discard(DescriptorTable.Token(rawValue: number)))
    }

    @Test func `a table closes what is left in it`() throws {
        let pairs = try (0..<3).map { _ in try SocketPair() }
        defer { for pair in pairs { close(pair.far) } }
        do {
            let table = DescriptorTable()
            let tokens = pairs.map { table.insert(OwnedFD($0.near)) }
            _ = table.remove(tokens[1])
            #expect(SocketPair.peerCloses(pairs[1].far))
            #expect(!SocketPair.isPeerClosed(pairs[0].far) && !SocketPair.isPeerClosed(pairs[2].far))
        }
        #expect(pairs.allSatisfy { SocketPair.peerCloses($0.far) })
    }

    /// `#expect` cannot take an expression apart that has a noncopyable value in it.
    private func expect(_ condition: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(condition, sourceLocation: sourceLocation)
    }
}

extension DescriptorTable {
    /// Removes and closes; false if the token names nothing.
    fileprivate func discard(_ token: Token) -> Bool {
        guard let descriptor = remove(token) else { return false }
        return descriptor.number >= 0
    }
}
