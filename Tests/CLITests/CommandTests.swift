// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import TestSupport
import Testing

/// Each command, as the built program against an agent over its unix socket.
@Suite(.timeLimit(.minutes(1)))
struct CommandTests {
    func run(
        _ arguments: [String], input: String = "",
        answer: @escaping @Sendable (FakeAgent.Call) async throws -> Response = Sample.agent,
        _ check: @escaping @Sendable (CLIProgram.Outcome, FakeAgent) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(socket: home.appending(path: "agent.sock").path, answer: answer) { agent in
                try await check(CLIProgram.run(arguments, home: home, input: input), agent)
            }
        }
    }

    /// Runs of blanks do not matter: the layout has its own tests.
    static func words(_ text: String) -> [String] {
        text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    }

    @Test func `status shows a line of version, workers, policy and addresses`() async throws {
        try await run(["status"]) { outcome, _ in
            let line = try #require(Self.words(outcome.output).last)
            #expect(Self.words(outcome.output).first == "STATUS VERSION UPTIME WORKERS POLICY LISTENING")
            #expect(line.hasPrefix("ok 0.1.0 ") && line.hasSuffix("3: 2 listening, 1 online rr *:8000"))
            #expect(outcome.status == 0 && outcome.errors.isEmpty)
        }
    }

    @Test func `status as JSON holds both replies as they came`() async throws {
        try await run(["status", "-o", "json"]) { outcome, _ in
            #expect(outcome.output == #"{"version":\#(Sample.version()),"cluster":\#(Sample.cluster)}"# + "\n")
        }
    }

    @Test(arguments: ["workers", "ps"])
    func `workers shows a line for each worker`(command: String) async throws {
        try await run([command, "--all", "--state", "dead"]) { outcome, agent in
            #expect(
                Self.words(outcome.output) == [
                    "ID PID STATE LISTENING UPTIME EXIT", "1 4001 listening 0.0.0.0:8000 2h05m -",
                    "2 4002 listening 0.0.0.0:8000 2h05m -",
                ])
            #expect(agent.calls.map(\.query) == [["all": "true", "state": "dead", "pageSize": "1000"]])
        }
        // There are none among those that live.
        try await run([command, "--state", "dead"]) { _, agent in
            #expect(agent.calls.map(\.query) == [["all": "true", "state": "dead", "pageSize": "1000"]])
        }
    }

    @Test func `a reply is passed on as JSON byte for byte`() async throws {
        try await run(["workers", "-o", "json"]) { outcome, _ in
            #expect(outcome.output == Sample.workers(1, 2) + "\n")
        }
    }

    @Test func `workers of several pages are one list`() async throws {
        let pages = ["": (Sample.worker(1), "p2"), "p2": (Sample.worker(2), "p3"), "p3": (Sample.worker(3), "")]
        try await run(["ps", "-o", "json"]) { call in
            let (worker, next) = pages[call.query["pageToken"] ?? ""] ?? ("{}", "")
            return .json(#"{"workers": [\#(worker)], "nextPageToken": "\#(next)"}"#)
        } _: { outcome, agent in
            let all = (1...3).map { Sample.worker($0) }.joined(separator: ",")
            #expect(outcome.output == #"{"workers":[\#(all)]}"# + "\n")
            #expect(agent.calls.count == 3)
        }
    }

    @Test func `worker shows its fields and its last events`() async throws {
        try await run(["worker", "1"]) { outcome, agent in
            let lines = Self.words(outcome.output)
            #expect(lines.contains("state listening") && lines.contains("args -v"))
            #expect(lines.filter { $0.hasSuffix("online 1") }.count == 2)
            #expect(agent.calls.last?.query == ["workerId": "1", "order": "desc", "pageSize": "10"])
        }
        try await run(["worker", "1", "-o", "json"]) { outcome, _ in
            #expect(outcome.output == Sample.worker(1) + "\n")
        }
    }

    @Test func `fork sends count, environment and how long to wait`() async throws {
        try await run(["fork", "2", "--env", "A=1=2", "--env", "B=", "--wait", "online", "--timeout", "20s"]) {
            outcome, agent in
            let call = try #require(agent.calls.first)
            let body = try #require(
                try JSONSerialization.jsonObject(with: Data(call.body.utf8)) as? [String: any Sendable])
            #expect(body["count"] as? Int == 2 && body["wait"] as? String == "online")
            #expect(body["env"] as? [String: String] == ["A": "1=2", "B": ""])
            #expect((10_000...19_000).contains(body["timeoutMs"] as? Int ?? 0))
            #expect(call.headers["idempotency-key"]?.count == 36)
            #expect(call.headers["authorization"] == nil)
            #expect(Self.words(outcome.output).dropFirst().map { $0.prefix(6) } == ["3 4003", "4 4004"])
        }
    }

    @Test func `an environment file is read as dotenv reads it`() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "env")
            try Data("# no\n\nexport A=\"quoted\" # why\nB=2\r\nC=3\n".utf8).write(to: file)
            try await run(["fork", "--env-file", file.path, "--env", "C=4"]) { _, agent in
                let body = try #require(agent.calls.first?.body)
                let object = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: any Sendable]
                #expect(object?["env"] as? [String: String] == ["A": "quoted", "B": "2", "C": "4"])
            }
        }
    }

    @Test func `kill calls once for each id and sums up`() async throws {
        try await run(["kill", "1", "2", "1", "-s", "hup", "--wait", "-o", "json"]) { outcome, agent in
            #expect(outcome.output == #"{"workers":[\#(Sample.worker(1)),\#(Sample.worker(2))]}"# + "\n")
            #expect(Set(agent.calls.map(\.line)) == ["POST /v1/workers/1:kill", "POST /v1/workers/2:kill"])
            #expect(agent.calls.count == 2)
            #expect(
                agent.calls.allSatisfy {
                    $0.body.contains(#""signal":"SIGHUP""#) && $0.body.contains(#""wait":true"#)
                        && $0.body.contains(#""timeoutMs":"#)
                })
        }
    }

    @Test func `kill --all kills all live workers`() async throws {
        try await run(["kill", "--all", "--yes"]) { outcome, agent in
            #expect(Set(agent.calls.dropFirst().map(\.line)) == ["POST /v1/workers/1:kill", "POST /v1/workers/2:kill"])
            #expect(outcome.status == 0)
        }
    }

    @Test(arguments: [["kill", "--all"], ["disconnect", "--all", "--wait"]])
    func `without a terminal --all needs --yes`(arguments: [String]) async throws {
        try await run(arguments) { outcome, agent in
            #expect(outcome.status == 64 && agent.calls.isEmpty)
            #expect(outcome.errors.contains("there is no terminal to ask at; give --yes (-y)"))
            #expect(outcome.errors.contains("Usage: cluster-cli \(arguments[0])"))
        }
    }

    @Test func `signal 0 tells that a worker is dead`() async throws {
        let gone = Sample.worker(2, state: "dead").replacing(#""dead": false"#, with: #""dead": true"#)
        let dead: @Sendable (FakeAgent.Call) async throws -> Response = { call in
            call.path.contains("/2:") ? .json(gone) : try Sample.agent(call)
        }
        try await run(["kill", "2", "-s", "0"], answer: dead) { outcome, _ in
            #expect(outcome.status == 1 && outcome.output.isEmpty)
            #expect(outcome.errors == "local: worker 2 is dead (try: cluster-cli worker 2)\n")
        }
        try await run(["kill", "1", "2", "-s", "0"], answer: dead) { outcome, _ in
            #expect(outcome.status == 2 && Self.words(outcome.output).count == 2)
        }
        try await run(["kill", "2"], answer: dead) { outcome, _ in
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "a repeat does nothing")
        }
    }

    @Test func `leaving workers can be listed`() async throws {
        try await run(["workers", "--state", "leaving"]) { _, agent in
            #expect(agent.calls.map(\.query) == [["state": "leaving", "pageSize": "1000"]])
        }
    }

    @Test func `if one of several workers is missing, the others are done and it is named`() async throws {
        try await run(["kill", "1", "9"]) { outcome, _ in
            #expect(outcome.status == 2)
            #expect(outcome.errors == "local: worker 9 does not exist [WORKER_NOT_FOUND]\n")
            #expect(Self.words(outcome.output).count == 2)
        }
    }

    @Test func `disconnect passes a deadline on, for one and for all`() async throws {
        try await run(["disconnect", "1", "--deadline", "8s"]) { _, agent in
            #expect(agent.calls.map(\.body) == [#"{"deadlineMs":8000}"#])
        }
        try await run(["disconnect", "--all", "-y", "--deadline", "500ms"]) { _, agent in
            #expect(agent.calls.map(\.body) == [#"{"deadlineMs":500}"#])
        }
    }

    @Test func `disconnect --all is one call, and with --abrupt one per worker`() async throws {
        try await run(["disconnect", "--all", "-y", "--wait"]) { _, agent in
            #expect(agent.calls.map(\.line) == ["POST /v1/cluster:disconnect"])
            #expect(agent.calls.first?.body.hasPrefix(#"{"timeoutMs":"#) ?? false)
            #expect(agent.calls.first?.body.hasSuffix(#","wait":true}"#) ?? false)
        }
        try await run(["disconnect", "--all", "-y", "--abrupt"]) { _, agent in
            #expect(agent.calls.count == 3 && agent.calls.last?.body == #"{"abrupt":true}"#)
        }
    }

    @Test(arguments: [
        (["send", "1", "{foo}"], "the message is not JSON: unexpected 'foo}' at character 2"),
        (["send", "1", "[1,"], "the message is not JSON: it ends too early"),
        (["send", "1", "text"], "unexpected 'text' at character 1; a string needs its quotes"),
        (["send", "1", #"["é\x"]"#], #"unexpected 'x"]' at character 5"#),
        (["send", "1", "1 2"], "unexpected '2' at character 3"), (["send", "--all", "-"], "--all takes one message"),
        (["send", "1"], "give the worker's id and the message"), (["send", "x", "1"], "'x' is not a worker's id"),
        (["send", "--all", "1", "2"], "--all takes only the message"),
        (["fork", "--env-file", "/no/such/file"], "cannot read /no/such/file: no such file"),
        (["fork", "--env-file", "/"], "cannot read /: is a directory"),
    ])
    func `a mistake is named with its place`(arguments: [String], expected: String) async throws {
        try await run(arguments) { outcome, agent in
            #expect(outcome.status == 64 && outcome.errors.contains(expected), "\(outcome.errors)")
            #expect(agent.calls.isEmpty)
        }
    }

    @Test func `without workers the status says so, and how the last one ended`() async throws {
        let empty = Sample.cluster.replacing(#""total": 3"#, with: #""total": 0"#)
            .replacing(#""online": 1, "listening": 2"#, with: #""online": 0, "listening": 0"#)
        let crash = #"""
            {"seq":9,"time":"2026-11-22T15:51:44.272Z","type":"exit","workerId":1,"requestId":null,\#
            "data":{"code":1,"signal":null,"reason":"exited","stderr":"Error: no database\n"}}
            """#
        let answer: @Sendable (FakeAgent.Call) async throws -> Response = { call in
            switch call.line {
            case "GET /v1/cluster": .json(empty)
            case "GET /v1/events": .json(Sample.events([crash]))
            default: try Sample.agent(call)
            }
        }
        try await run(["status"], answer: answer) { outcome, agent in
            #expect(outcome.output.contains("no workers"))
            #expect(outcome.output.contains("0, the last ended by itself: exit code 1: Error: no database"))
            #expect(agent.calls.last?.line == "GET /v1/events")
        }
    }

    @Test func `a table has no row for the setup of a fork`() async throws {
        func event(_ seq: Int, _ type: String, _ request: String) -> String {
            Sample.event(seq, type: type).replacing(#""requestId":null"#, with: #""requestId":"\#(request)""#)
        }
        let events = [event(1, "setup", "a"), event(2, "setup", "b"), event(3, "fork", "b"), event(4, "setup", "c")]
        for (order, page) in [([], events), (["--reverse"], Array(events.reversed()))] {
            let answer: @Sendable (FakeAgent.Call) async throws -> Response = { _ in .json(Sample.events(page)) }
            try await run(["events"] + order, answer: answer) { outcome, _ in
                let types = Self.words(outcome.output).dropFirst().map { $0.split(separator: " ")[1] }
                #expect(types.sorted() == ["fork", "setup", "setup"])
            }
            try await run(["events", "-o", "jsonl"] + order, answer: answer) { outcome, _ in
                #expect(Self.words(outcome.output).count == 4)
            }
        }
    }

    @Test func `a socket may be named from the working directory`() async throws {
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(socket: home.appending(path: "agent.sock").path, answer: Sample.agent) { agent in
                let program = try CLIProgram.executable.path
                let shell = try SpawnedProgram(
                    "sh",
                    [
                        "-c",
                        "cd \(home.path) && \(program) -H unix:agent.sock ps && \(program) hosts add a unix:./agent.sock",
                    ],
                    environment: ["HOME": home.path, "XDG_CONFIG_HOME": home.path])
                try shell.input.close()
                _ = await shell.output.text()
                #expect(agent.calls.count == 1)
                let listed = try await CLIProgram.run(["hosts", "-o", "jsonl"], home: home)
                #expect(listed.output.contains(#""url":"unix:\#(home.path)/./agent.sock""#))
            }
        }
    }

    @Test func `version names both ends`() async throws {
        try await run(["version"]) { outcome, _ in
            #expect(Self.words(outcome.output).last == "0.1.0 0.1.0 v1 6.3 web-1 7 2026-11-22T15:51:44.272Z")
        }
    }

    @Test func `another major version causes a warning`() async throws {
        try await run(["version"]) { _ in
            .json(Sample.version("2.3.0"))
        } _: { outcome, _ in
            #expect(outcome.errors.contains("cluster-agent 2.3.0 and cluster-cli 0.1.0 differ"))
            #expect(outcome.status == 0)
        }
    }
}
