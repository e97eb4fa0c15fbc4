// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Cluster

@Suite struct LengthSplitterTests {
    private var splitter = LengthSplitter()

    private mutating func receive(_ bytes: [UInt8]) throws(WireError) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        var failure: WireError?
        bytes.withUnsafeBytes { bytes in
            do throws(WireError) {
                try splitter.receive(bytes) { frames.append(Array($0)) }
            } catch { failure = error }
        }
        if let failure { throw failure }
        return frames
    }

    @Test mutating func `the splitter cuts by length and keeps the rest`() throws {
        #expect(try receive([0, 0, 0, 1, 7, 0, 0, 0, 0, 0, 0, 0, 2, 8]) == [[7], []])
        #expect(try receive([9, 0, 0]) == [[8, 9]])
        #expect(try receive([0, 1]) == [])
        #expect(try receive([5, 0, 0, 0, 1, 6]) == [[5], [6]])
    }

    @Test mutating func `a length beyond the bound is refused at once`() {
        #expect(throws: WireError.self) { try receive([0x08, 0, 0, 1]) }
    }

    @Test mutating func `a length beyond the bound is refused behind another frame too`() {
        #expect(throws: WireError.self) { try receive([0, 0, 0, 1, 7, 0xFF, 0xFF, 0xFF, 0xFF]) }
    }

    @Test mutating func `the largest length is accepted`() throws {
        #expect(try receive([0x08, 0, 0, 0]) == [])
    }
}
