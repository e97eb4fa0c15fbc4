// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging
import Testing

@testable import Agent

/// What is said while nobody listens.
@Suite(.timeLimit(.minutes(1))) struct LineWriterTests {
    /// A pipe, of which the test reads one end.
    private struct Pipe {
        let reader: Int32
        let writer: Int32

        init(flags: Int32 = 0) throws {
            var ends: [Int32] = [-1, -1]
            try #require(pipe(&ends) == 0)
            for end in ends {
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
                _ = fcntl(end, F_SETFL, flags)
            }
            (reader, writer) = (ends[0], ends[1])
        }

        /// Reads until `isLast` is said of a line.
        func lines(through isLast: (String) -> Bool) -> [String] {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = read(reader, &buffer, buffer.count)
                if count < 0, errno == EAGAIN {
                    var query = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
                    poll(&query, 1, -1)
                    continue
                }
                guard count > 0 else { break }
                bytes += buffer[..<count]
                guard bytes.last == UInt8(ascii: "\n") else { continue }
                let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
                if let last = lines.last, isLast(last) { return lines }
            }
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    private static func writer(_ descriptor: Int32, capacity: Int = 1 << 20) -> LineWriter {
        LineWriter(descriptor, capacity: capacity) { Array("missing \($0)\n".utf8) }
    }

    @Test func linesComeInTheirOrder() throws {
        let pipe = try Pipe()
        let writer = Self.writer(pipe.writer)
        for number in 0..<1000 { writer.write("\(number)") }
        #expect(pipe.lines { $0 == "999" } == (0..<1000).map(String.init))
    }

    /// Far more than a pipe and the queue hold: none of these calls may wait. What is missing is counted where it was.
    @Test func aPipeThatNobodyReadsHoldsNobodyUp() throws {
        let pipe = try Pipe()
        let writer = Self.writer(pipe.writer, capacity: 1 << 16)
        for number in 0..<100_000 { writer.write("line \(number)") }
        writer.flush(within: 0.01)
        var lines = pipe.lines { $0.hasPrefix("missing") }
        let missing = try #require(lines.removeLast().split(separator: " ").last.flatMap { Int($0) })
        #expect(lines == (0..<lines.count).map { "line \($0)" })
        #expect(lines.count + missing == 100_000 && missing > 0)
        writer.write("heard again")
        #expect(pipe.lines { _ in true } == ["heard again"])
    }

    @Test func aPipeThatIsNonblockingLosesNothing() throws {
        let pipe = try Pipe(flags: O_NONBLOCK)
        let writer = Self.writer(pipe.writer, capacity: 1 << 22)
        for number in 0..<50_000 { writer.write("line \(number)") }
        #expect(pipe.lines { $0 == "line 49999" }.count == 50_000)
    }

    /// Without SIGPIPE, which would end the process.
    @Test func aPipeWithoutAReaderEndsNothing() throws {
        let pipe = try Pipe()
        close(pipe.reader)
        let writer = Self.writer(pipe.writer)
        for number in 0..<100 { writer.write("\(number)") }
        writer.flush(within: 30)
        writer.write("nobody hears it")
        writer.flush(within: 30)
    }

    @Test func aFullDiskAndAClosedDescriptorEndNothing() throws {
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        for descriptor in [full, -1] {
            let writer = Self.writer(descriptor)
            for _ in 0..<100 { writer.write("lost") }
            writer.flush(within: 30)
        }
    }

    @Test func aLogLineSaysWhatIsMissing() {
        let line = String(decoding: AgentLog.missingLine(7), as: UTF8.self)
        #expect(line.contains("log lines are missing") && line.contains("7") && line.hasSuffix("\n"))
    }

    /// A request's path may hold whatever its sender likes.
    @Test func aTerminalIsNotSteeredByWhatIsLogged() {
        let line = TextLogHandler.line(.info, "x", "request", ["path": "/\u{1b}[2J\u{9b}2J\nerror"])
        let text = String(decoding: line, as: UTF8.self)
        #expect(text.hasSuffix(" info x: request path=/\\u{1b}[2J\\u{9b}2J\\u{a}error\n"), "\(text)")
    }
}
