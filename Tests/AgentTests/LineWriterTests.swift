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

        /// Reads until `isEnd` is said of what has come.
        /// - Parameter isEnd: told the last whole line, and asked for all of them only if that may be the last.
        func lines(through isEnd: (_ last: String, _ all: () -> [String]) -> Bool) -> [String] {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65536)
            let all = { String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init) }
            while true {
                let count = read(reader, &buffer, buffer.count)
                if count < 0, errno == EAGAIN {
                    var query = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
                    poll(&query, 1, -1)
                    continue
                }
                guard count > 0 else { return all() }
                bytes += buffer[..<count]
                guard bytes.last == UInt8(ascii: "\n") else { continue }
                let last = bytes.dropLast().reversed().prefix { $0 != UInt8(ascii: "\n") }.reversed()
                if isEnd(String(decoding: last, as: UTF8.self), all) { return all() }
            }
        }
    }

    private static func writer(_ descriptor: Int32, capacity: Int = 1 << 20) -> LineWriter {
        LineWriter(descriptor, capacity: capacity) { Array("missing \($0)\n".utf8) }
    }

    /// How many lines were written, as `line 0`, `missing 2`, `line 3` say it; nil if they contradict each other.
    private static func account(of lines: [String]) -> Int? {
        var next = 0
        for line in lines {
            guard let number = line.split(separator: " ").last.flatMap({ Int($0) }) else { return nil }
            if line.hasPrefix("missing") {
                next += number
            } else if number == next {
                next += 1
            } else {
                return nil
            }
        }
        return next
    }

    @Test func `lines come in their order`() throws {
        let pipe = try Pipe()
        let writer = Self.writer(pipe.writer)
        for number in 0..<1000 { writer.write("\(number)") }
        #expect(pipe.lines { last, _ in last == "999" } == (0..<1000).map(String.init))
    }

    /// Far more than a pipe and the queue hold: none of these calls may wait. What is missing is counted where it was.
    @Test func `a pipe that nobody reads blocks nobody`() throws {
        let pipe = try Pipe()
        let writer = Self.writer(pipe.writer, capacity: 1 << 16)
        for number in 0..<100_000 { writer.write("line \(number)") }
        writer.flush(within: 0.01)
        let lines = pipe.lines { last, all in
            last == "line 99999" || last.hasPrefix("missing") && Self.account(of: all()) == 100_000
        }
        #expect(Self.account(of: lines) == 100_000 && lines.contains { $0.hasPrefix("missing") })
        writer.write("heard again")
        #expect(pipe.lines { last, _ in last == "heard again" } == ["heard again"])
    }

    @Test func `a nonblocking pipe loses nothing`() throws {
        let pipe = try Pipe(flags: O_NONBLOCK)
        let writer = Self.writer(pipe.writer, capacity: 1 << 22)
        for number in 0..<50_000 { writer.write("line \(number)") }
        #expect(pipe.lines { last, _ in last == "line 49999" }.count == 50_000)
    }

    /// Without SIGPIPE, which would end the process.
    @Test func `a pipe without a reader ends nothing`() throws {
        let pipe = try Pipe()
        close(pipe.reader)
        let writer = Self.writer(pipe.writer)
        for number in 0..<100 { writer.write("\(number)") }
        writer.flush(within: 30)
        writer.write("nobody hears it")
        writer.flush(within: 30)
    }

    @Test func `a full disk and a closed descriptor end nothing`() throws {
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        for descriptor in [full, -1] {
            let writer = Self.writer(descriptor)
            for _ in 0..<100 { writer.write("lost") }
            writer.flush(within: 30)
        }
    }

    @Test func `a log line says how many lines are missing`() {
        let line = String(decoding: AgentLog.missingLine(7), as: UTF8.self)
        #expect(line.contains("log lines are missing") && line.contains("7") && line.hasSuffix("\n"))
    }

    /// A request's path may hold whatever its sender likes.
    @Test func `logged text cannot steer a terminal`() {
        let line = LogFormat.text.line(.info, "x", "request", ["path": "/\u{1b}[2J\u{9b}2J\nerror"])
        let text = String(decoding: line, as: UTF8.self)
        #expect(text.hasSuffix(" info x: request path=/\\u{1b}[2J\\u{9b}2J\\nerror\n"), "\(text)")
    }
}
