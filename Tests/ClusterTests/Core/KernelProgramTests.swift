// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Cluster

/// Programs that choose the socket of a new connection.
struct KernelProgramTests {
    private static func ipv4(_ source: [UInt8]) -> [UInt8] {
        [0x45] + [UInt8](repeating: 0, count: 11) + source + [127, 0, 0, 1]
    }

    private static func ipv6(_ source: [UInt8]) -> [UInt8] {
        [0x60] + [UInt8](repeating: 0, count: 7) + source + [UInt8](repeating: 0, count: 16)
    }

    @Test(arguments: [[0], [3], [0, 1, 2], [1, 2], [0, 2, 5, 6], Array(stride(from: 0, to: 1000, by: 3))])
    func `each socket gets the same share`(sockets: [Int]) {
        let program = KernelProgram.even(over: sockets)
        let drawn = (0..<UInt32(sockets.count * 3)).map { Int(program.run(random: $0)) }
        #expect(Dictionary(grouping: drawn) { $0 }.mapValues(\.count) == Dictionary(sockets.map { ($0, 3) }) { $1 })
        #expect(program.instructions.count <= KernelProgram.longest)
    }

    @Test func `all sockets in a row need no comparison`() {
        #expect(KernelProgram.even(over: Array(0..<64)).instructions.count == 3)
    }

    @Test(arguments: [1, 2, 3, 24, 1000]) func `a client gets the socket of its bucket`(instances: Int) {
        let owners = StickyTable(Set(0..<instances)).owners
        let program = KernelProgram.sticky(owners)
        #expect(program.instructions.count <= KernelProgram.longest)
        let returns = program.instructions.count { if case .returnNumber = $0 { true } else { false } }
        #expect(returns <= instances)
        for number in 0..<UInt32(3000) {
            let word = number &* 0x9E37_79B1
            let source = (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) }
            #expect(Int(program.run(header: Self.ipv4(source))) == owners[StickyTable.bucket(ofWord: word)])
        }
    }

    @Test func `an IPv6 client is found by all of its address`() {
        let owners = StickyTable([0, 1, 2, 3]).owners
        let program = KernelProgram.sticky(owners)
        for last in UInt8(0)...255 {
            let source: [UInt8] = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, last, 1, 2, 3, 4, 5, 6, 7, last]
            let word: UInt32 = 0x2001_0db8 ^ UInt32(last) ^ 0x0102_0304 ^ (0x0506_0700 | UInt32(last))
            #expect(Int(program.run(header: Self.ipv6(source))) == owners[StickyTable.bucket(ofWord: word)])
        }
    }
}
