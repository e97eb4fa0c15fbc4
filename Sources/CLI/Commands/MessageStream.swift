// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Contract
internal import Glibc
internal import Shared

/// `cluster-cli send ID -`: the lines of standard input as messages, in order, to all hosts.
@TransportActor
struct MessageStream {
    /// The contract's limit for a request. A longer line cannot be sent.
    private static let longestLine = 1 << 20
    private static let columns: [Table.Column] = [.init(title: "SENT", isNumber: true)]

    let session: Session
    let worker: WorkerID

    /// How far one host has come.
    private struct Progress: Sendable {
        let client: AgentClient
        var sent = 0
        var failure: Failure?
        /// Grows if the worker is slower than the input.
        var pause = Duration.zero
    }

    /// - Throws: `ValidationError` if a line is not JSON. The lines before it have been sent.
    func run() async throws -> ExitStatus {
        var hosts = session.hosts.map { Progress(client: session.client($0, within: session.eachCall)) }
        var splitter = LineAssembler(limit: Self.longestLine)
        var number = 0
        var messages = 0
        while hosts.contains(where: { $0.failure == nil }) {
            let piece = try read()
            var lines: [[UInt8]]
            do {
                lines = try splitter.append(piece)
            } catch {
                throw ValidationError("standard input, line \(number + 1): longer than 1 MiB")
            }
            if piece.isEmpty { lines = splitter.finish().map { [$0] } ?? [] }
            for line in lines {
                number += 1
                guard !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) else { continue }
                guard let value = RawJSON(line) else {
                    throw ValidationError(
                        "standard input, line \(number): not JSON; \(counted(messages, "message")) came before it")
                }
                let body = try RawJSON(object: [(name: "message", value: value)])
                hosts = await concurrently(hosts) { await send(body, $0) }
                messages += 1
            }
            if piece.isEmpty { break }
        }
        return try session.show(Report(tables: [Self.columns], answers: hosts.map(answer), isList: session.isList))
    }

    private func send(_ body: RawJSON, _ progress: Progress) async -> Progress {
        guard progress.failure == nil else { return progress }
        var progress = progress
        do {
            if progress.pause > .zero { try await Task.sleep(for: progress.pause) }
            let json = try await progress.client.post("/v1/workers/\(worker):send", body: body)
            progress.sent += 1
            let wasAccepted = try progress.client.decoded(json, as: SendReply.self).accepted
            progress.pause = wasAccepted ? .zero : min(max(progress.pause * 2, .milliseconds(10)), .seconds(1))
        } catch {
            progress.failure = Failure(error)
        }
        return progress
    }

    private func answer(_ progress: Progress) throws -> (host: String, answer: HostAnswer) {
        let json = try RawJSON(object: [(name: "sent", value: RawJSON(encoding: progress.sent))])
        var answer = HostAnswer(json: json, rows: [[Cell(progress.sent)]])
        if var failure = progress.failure {
            failure.message += ", after \(counted(progress.sent, "message"))"
            answer.failures = [failure]
            answer.successes = progress.sent > 0 ? 1 : 0
        }
        return (host: progress.client.host.name, answer: answer)
    }

    /// Empty at the end of the input. It blocks the loop, which has nothing else to do then.
    private func read() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
            if count >= 0 { return Array(buffer.prefix(count)) }
            if errno == EAGAIN {
                // Another process has made the shared terminal or pipe non-blocking.
                var ready = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
                poll(&ready, 1, -1)
                continue
            }
            guard errno == EINTR else {
                throw ValidationError("cannot read standard input: \(String(cString: strerror(errno)))")
            }
        }
    }
}
