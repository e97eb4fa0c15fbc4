// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import Synchronization
import TestSupport
import Testing

/// What goes wrong, over TCP, with the messages and the exit codes.
@Suite(.timeLimit(.minutes(3)))
struct FailureTests {
    private func run(
        _ arguments: [String], environment: [String: String] = [:],
        answer: @escaping @Sendable (FakeAgent.Call) async throws -> Response,
        _ check: @escaping @Sendable (CLIProgram.Outcome, FakeAgent) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(answer: answer) { agent in
                let all = ["--host", agent.url] + arguments
                try await check(CLIProgram.run(all, home: home, environment: environment), agent)
            }
        }
    }

    @Test func `the token of the file is sent over TCP`() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "token")
            try Data("s3cret\n".utf8).write(to: file)
            try await run(["ps", "--token-file", file.path], answer: Sample.agent) { _, agent in
                #expect(agent.calls.first?.headers["authorization"] == "Bearer s3cret")
            }
            try await run(["ps"], environment: ["CLUSTER_TOKEN_FILE": file.path], answer: Sample.agent) { _, agent in
                #expect(agent.calls.first?.headers["authorization"] == "Bearer s3cret")
            }
        }
    }

    @Test func `a token that comes too late ends with 124`() async throws {
        try await withTemporaryDirectory { directory in
            let pipe = directory.appending(path: "pipe").path
            try #require(mkfifo(pipe, 0o600) == 0)
            for arguments in [["--token-file", pipe], ["--key", pipe]] {
                try await run(["ps", "--timeout", "50ms"] + arguments, answer: Sample.agent) { outcome, agent in
                    #expect(outcome.status == 124 && agent.calls.isEmpty)
                    #expect(outcome.errors.contains("cannot read \(pipe): it did not come in time"))
                }
            }
            try await run(["fork", "--timeout", "50ms", "--env-file", pipe], answer: Sample.agent) { outcome, _ in
                #expect(outcome.status == 64 && outcome.errors.contains("it did not come in time"))
            }
        }
    }

    @Test func `a refused token is named by its file`() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "token").path
            try Data("s3cret\n".utf8).write(to: URL(filePath: file))
            try await run(["ps", "--token-file", file]) { _ in
                .error(401, "UNAUTHENTICATED", "TOKEN_INVALID", "the token is not valid")
            } _: { outcome, _ in
                #expect(outcome.status == 77)
                #expect(outcome.errors.hasSuffix("[TOKEN_INVALID] (the token is that of \(file))\n"))
            }
        }
    }

    @Test func `an agent without a program says how to name one`() async throws {
        try await run(["fork"]) { _ in
            .error(400, "FAILED_PRECONDITION", "EXEC_NOT_SET", "there is nothing to run")
        } _: { outcome, _ in
            #expect(outcome.errors.hasSuffix("(try: cluster-cli setup-primary --exec PROGRAM)\n"))
        }
    }

    @Test func `a wait that runs out tells the user's time limit, and how to end the workers`() async throws {
        let body = #"""
            {"error": {"code": 504, "status": "DEADLINE_EXCEEDED", "message": "the wait ran out after 1800 ms; more",
            "details": [{"reason": "WAIT_TIMED_OUT", "metadata": {"timeoutMs": "1800", "aliveWorkerIds": "10,11"}}]}}
            """#
        try await run(["fork", "2", "--wait", "listening", "--timeout", "2s"]) { _ in
            .json(body, status: .gatewayTimeout)
        } _: { outcome, _ in
            #expect(outcome.status == 124)
            #expect(
                outcome.errors.contains(
                    "after 2s; more [WAIT_TIMED_OUT] (try: cluster-cli disconnect 10 11 --deadline 5s)"),
                "\(outcome.errors)")
        }
    }

    @Test(arguments: ["", " \n", "two words", "a\nb", "caf\u{E9}"])
    func `a file without a token is a usage error`(content: String) async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "token")
            try Data(content.utf8).write(to: file)
            try await run(["ps", "--token-file", file.path], answer: Sample.agent) { outcome, agent in
                #expect(outcome.status == 64 && agent.calls.isEmpty)
            }
        }
    }

    @Test func `401 ends with 77 and says what to do`() async throws {
        try await run(["ps"]) { _ in
            .error(401, "UNAUTHENTICATED", "TOKEN_MISSING", "no token")
        } _: { outcome, agent in
            #expect(outcome.status == 77 && outcome.output.isEmpty)
            let expected =
                "\(agent.url): not authorised: no token [TOKEN_MISSING] (give the agent's token with --token-file)\n"
            #expect(outcome.errors == expected)
        }
    }

    @Test func `a refusal in JSON is the agent's own`() async throws {
        for command in [["worker", "9"], ["events"]] {
            try await run(command + ["-o", "json"]) { _ in
                .error(404, "NOT_FOUND", "WORKER_NOT_FOUND", "no")
            } _: { outcome, _ in
                #expect(outcome.status == 1)
                #expect(outcome.output.hasPrefix(#"{"error":{"code": 404, "#) && outcome.output.hasSuffix("}\n"))
                #expect((try? JSONSerialization.jsonObject(with: Data(outcome.output.utf8))) != nil)
            }
        }
        try await withTemporaryDirectory { home in
            let outcome = try await CLIProgram.run(["ps", "-o", "json"], home: home)
            #expect(outcome.status == 69 && outcome.output.hasPrefix(#"{"error":{"status":"UNAVAILABLE","#))
        }
    }

    @Test func `404 ends with 1 and the agent's words`() async throws {
        try await run(["worker", "9"], answer: Sample.agent) { outcome, agent in
            #expect(outcome.status == 1)
            #expect(outcome.errors == "\(agent.url): worker 9 does not exist [WORKER_NOT_FOUND]\n")
        }
    }

    @Test func `a wait that runs out at the agent ends with 124`() async throws {
        try await run(["kill", "1", "--wait"]) { _ in
            .error(504, "DEADLINE_EXCEEDED", "WAIT_TIMED_OUT", "worker 1 still lives")
        } _: { outcome, _ in
            #expect(outcome.status == 124)
        }
    }

    @Test func `an agent that accepts and says nothing ends with 124`() async throws {
        try await run(["ps", "--timeout", "300ms"]) { _ in
            try await silence()
        } _: { outcome, _ in
            #expect(outcome.status == 124 && outcome.errors.contains("no answer from 127.0.0.1:"))
            #expect(outcome.errors.contains("within 300ms"))
        }
    }

    @Test func `a socket that is not there ends with 69`() async throws {
        try await withTemporaryDirectory { home in
            let outcome = try await CLIProgram.run(["ps"], home: home)
            #expect(outcome.status == 69 && outcome.errors.contains("there is no agent at \(home.path)/agent.sock"))
        }
    }

    @Test func `a refused connection ends with 69`() async throws {
        try await withTemporaryDirectory { home in
            // Nobody may listen below 1024 but root, and nobody listens on tcpmux.
            let outcome = try await CLIProgram.run(["--host", "http://127.0.0.1:1", "ps"], home: home)
            #expect(outcome.status == 69)
            #expect(outcome.errors.contains("connection refused at 127.0.0.1:1 (is cluster-agent running there?"))
        }
    }

    @Test(arguments: ["<html>", "", "{\"workers\": [", "{}", "[]", "{\"workers\": [{\"id\": -1}]}"])
    func `an answer that is not HTTP ends with 1`(body: String) async throws {
        try await run(["ps"]) { _ in
            .json(body)
        } _: { outcome, agent in
            #expect(outcome.status == 1 && outcome.output.isEmpty)
            #expect(outcome.errors.contains("answered") && outcome.errors.hasPrefix("\(agent.url): "))
        }
    }

    @Test func `a reply that breaks off is tried again, with the same key`() async throws {
        let attempts = Mutex(0)
        try await run(["fork"]) { _ in
            let attempt = attempts.withLock {
                $0 += 1; return $0
            }
            return attempt < 3 ? .cut(after: [#"{"workers": ["#]) : .json(Sample.workers(1))
        } _: { outcome, agent in
            #expect(outcome.status == 0 && agent.calls.count == 3)
            #expect(Set(agent.calls.map { $0.headers["idempotency-key"] }).count == 1)
            #expect(Set(agent.calls.map(\.body)).count == 1)
        }
    }

    @Test func `a reply that always breaks off ends with 69`() async throws {
        try await run(["ps", "--timeout", "60s"]) { _ in
            .cut(after: ["{"])
        } _: { outcome, agent in
            #expect(outcome.status == 69 && outcome.errors.contains("broke") && agent.calls.count == 4)
        }
    }

    @Test func `an agent that is not ready yet is asked again`() async throws {
        let attempts = Mutex(0)
        try await run(["ps"]) { _ in
            let attempt = attempts.withLock {
                $0 += 1; return $0
            }
            return attempt == 1 ? .error(503, "UNAVAILABLE", "SHUTTING_DOWN", "later") : .json(Sample.workers(1))
        } _: { outcome, agent in
            #expect(outcome.status == 0 && agent.calls.count == 2)
        }
    }

    @Test func `a name that nobody knows ends with 69`() async throws {
        try await withTemporaryDirectory { home in
            let outcome = try await CLIProgram.run(["ps", "-H", "http://nobody.invalid:7420"], home: home)
            #expect(outcome.status == 69 && outcome.errors.contains("no such host name: nobody.invalid:7420"))
        }
    }

    @Test func `a reply of 30 MB is passed on whole, and is an error if it is not JSON`() async throws {
        let long = String(repeating: "x", count: 30 << 20)
        let good = #"{"exec": "\#(long)"}"#
        try await run(["settings", "-o", "json", "--timeout", "100s"]) { _ in
            .json(good)
        } _: { outcome, _ in
            #expect(outcome.status == 0 && outcome.output == good + "\n")
        }
        try await run(["settings", "--timeout", "100s"]) { _ in
            .json(long)
        } _: { outcome, _ in
            #expect(outcome.status == 1 && outcome.errors.contains("answered something that is not JSON"))
        }
    }

    @Test func `hosts that say nothing keep nobody from a turn`() async throws {
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(socket: home.appending(path: "a").path, answer: { _ in try await silence() }) {
                agent in
                try await FakeAgent.run(socket: home.appending(path: "b").path, answer: Sample.agent) { other in
                    let silent = (1...3).flatMap {
                        ["-H", agent.url.dropLast() + String(repeating: "./", count: $0) + "a"]
                    }
                    let arguments = silent + ["-H", other.url, "--parallel", "1", "--timeout", "4s"]
                    let outcome = try await CLIProgram.run(["ps"] + arguments, home: home)
                    #expect(outcome.status == 2 && outcome.output.contains("listening"))
                    #expect(outcome.errors.matches(of: /no answer from .* within 4s/).count == 3)
                }
            }
        }
    }

    @Test func `a call that waits on purpose keeps its turn, and others meet their deadline`() async throws {
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(socket: home.appending(path: "a").path, answer: { _ in try await silence() }) {
                agent in
                try await FakeAgent.run(socket: home.appending(path: "b").path, answer: Sample.agent) { other in
                    let outcome = try await CLIProgram.run(
                        [
                            "kill", "1", "--wait", "-H", agent.url, "-H", other.url, "--parallel", "1",
                            "--timeout", "300ms",
                        ], home: home)
                    #expect(outcome.status == 124)
                    #expect(outcome.errors.matches(of: /no answer from .* within 300ms/).count == 2)
                }
            }
        }
    }

    @Test func `no redirect is followed`() async throws {
        try await run(["ps"]) { _ in
            Response(status: .found, headers: [.location: "/v1/version"])
        } _: { outcome, agent in
            #expect(outcome.status == 1 && agent.calls.count == 1)
        }
    }

    @Test func `escape sequences of an agent do not reach the terminal`() async throws {
        try await run(["ps"]) { _ in
            .error(400, "X", "Y", #"\u001b[2J"#)
        } _: { outcome, _ in
            #expect(!outcome.errors.contains("\u{1B}") && outcome.errors.contains(#"\u{1b}[2J"#))
        }
    }
}
