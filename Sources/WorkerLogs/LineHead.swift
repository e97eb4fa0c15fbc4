// SPDX-License-Identifier: Apache-2.0

import Shared

/// What stands before the text in each stored line of one stream. Made once; only its place and time change.
struct LineHead {
    private static let digits = 16
    private static let timeLength = 24
    private static let seqStart = #"{"seq":"#.utf8.count
    private static let timeStart = seqStart + digits + #","time":""#.utf8.count

    private var bytes: [UInt8]
    private var time: Int64 = .min

    /// - Parameters:
    ///   - worker: nil: not a worker prints this, but the primary script.
    ///   - stream: the name that stands there.
    init(worker: WorkerID?, source: OutputSource, stream: String) {
        let zeros = String(repeating: "0", count: Self.digits)
        let blank = String(repeating: " ", count: Self.timeLength)
        let number = worker.map { "\($0)" } ?? "null"
        bytes = Array(
            (#"{"seq":\#(zeros),"time":"\#(blank)","workerId":\#(number),"instance":\#(source.json),"#
                + #""stream":"\#(stream)","line":""#).utf8)
    }

    /// Sets the place and the time of the next line.
    mutating func set(seq: Int64, time: Int64) {
        var left = seq
        for place in stride(from: Self.seqStart + Self.digits - 1, through: Self.seqStart, by: -1) {
            bytes[place] = UInt8(ascii: "0") + UInt8(left % 10)
            left /= 10
        }
        guard time != self.time else { return }
        self.time = time
        bytes.replaceSubrange(
            Self.timeStart..<Self.timeStart + Self.timeLength, with: Timestamp(milliseconds: time).description.utf8)
    }

    /// Moves on to the next place.
    mutating func advance() {
        bytes.withUnsafeMutableBufferPointer { bytes in
            var place = Self.seqStart + Self.digits - 1
            while bytes[place] == UInt8(ascii: "9") {
                bytes[place] = UInt8(ascii: "0")
                place -= 1
            }
            bytes[place] += 1
        }
    }

    /// Writes a whole line.
    func write(_ text: UnsafeRawBufferPointer, isPartial: Bool = false, lost: Int? = nil, to output: LogBytes) {
        bytes.withUnsafeBytes { output.append($0) }
        output.appendEscaped(text)
        if isPartial {
            output.append(#"","partial":true}"#)
        } else if let lost {
            output.append(#"","lost":"#)
            Array("\(lost)}".utf8).withUnsafeBytes { output.append($0) }
        } else {
            output.append("\"}")
        }
        output.append("\n")
    }
}
