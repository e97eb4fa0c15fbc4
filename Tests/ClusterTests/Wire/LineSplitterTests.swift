// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Cluster

@Suite struct LineSplitterTests {
    private var splitter = LineSplitter()

    private mutating func receive(_ text: String) throws(WireError) -> [String] {
        var lines: [String] = []
        var failure: WireError?
        Array(text.utf8).withUnsafeBytes { bytes in
            do throws(WireError) {
                try splitter.receive(bytes) { lines.append(String(decoding: $0, as: UTF8.self)) }
            } catch { failure = error }
        }
        if let failure { throw failure }
        return lines
    }

    @Test mutating func `the splitter cuts at newlines and keeps the rest`() throws {
        #expect(try receive("a\nb\nc") == ["a", "b"])
        #expect(try receive("d\n\n") == ["cd", ""])
        #expect(try receive("") == [])
        #expect(try receive("\n") == [""])
    }

    @Test mutating func `a line whose reader fails is consumed`() throws {
        _ = try receive("bad")
        Array(" line\nnext".utf8).withUnsafeBytes { bytes in
            let error = #expect(throws: WireError.self) {
                try splitter.receive(bytes) { (_) throws(WireError) in throw WireError("no") }
            }
            #expect(error?.description == "no")
        }
        #expect(try receive("x\n") == ["x"])
    }

    @Test mutating func `an endless line is refused before it fills the memory`() {
        let part = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 24)
        var taken = 0
        var error: WireError?
        while error == nil, taken <= 2 * maximumFrameSize {
            part.withUnsafeBytes { bytes in
                do throws(WireError) { try splitter.receive(bytes) { _ in } } catch let failure { error = failure }
            }
            if error == nil { taken += part.count }
        }
        #expect(error != nil)
        #expect(taken == maximumFrameSize)
    }
}
