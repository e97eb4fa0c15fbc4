// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import TestSupport
import Testing

/// Commands for several agents at once.
@Suite(.timeLimit(.minutes(1)))
struct SeveralHostsTests {
    static let bad = "http://127.0.0.1:1"

    func run(
        _ first: @escaping @Sendable (FakeAgent.Call) async throws -> Response,
        _ second: @escaping @Sendable (FakeAgent.Call) async throws -> Response,
        _ arguments: [String],
        _ check: @escaping @Sendable (CLIProgram.Outcome, FakeAgent, FakeAgent) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(socket: home.appending(path: "a.sock").path, answer: first) { one in
                try await FakeAgent.run(socket: home.appending(path: "b.sock").path, answer: second) { two in
                    let all = ["-H", one.url, "-H", two.url] + arguments
                    try await check(CLIProgram.run(all, home: home), one, two)
                }
            }
        }
    }

    @Test func `one good and one bad host end with 2, and both are shown`() async throws {
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(socket: home.appending(path: "a.sock").path, answer: Sample.agent) { agent in
                let outcome = try await CLIProgram.run(["status", "-H", agent.url, "-H", Self.bad], home: home)
                let lines = outcome.output.split(separator: "\n")
                #expect(outcome.status == 2 && lines.count == 3)
                #expect(lines.first?.hasPrefix("HOST") ?? false)
                #expect(lines.last?.contains("unreachable") ?? false)
                #expect(outcome.errors.hasPrefix("\(Self.bad): connection refused"))
            }
        }
    }

    @Test func `JSON tells the hosts apart`() async throws {
        try await run(Sample.agent, { _ in .error(403, "PERMISSION_DENIED", "R", "no") }, ["ps", "-o", "json"]) {
            outcome, one, two in
            let good = #"{"host":"\#(one.url)","ok":true,"result":\#(Sample.workers(1, 2))}"#
            let bad = #"{"host":"\#(two.url)","ok":false,"error":{"code": 403, "#
            #expect(outcome.output.hasPrefix("[\(good),\(bad)"))
            #expect((try? JSONSerialization.jsonObject(with: Data(outcome.output.utf8))) != nil)
            #expect(outcome.status == 2)
        }
    }

    @Test func `jsonl is one line per host`() async throws {
        try await run(Sample.agent, Sample.agent, ["settings", "-o", "jsonl"]) { outcome, one, two in
            let lines = outcome.output.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines.first == #"{"host":"\#(one.url)","ok":true,"result":\#(Sample.settings)}"#)
        }
    }

    @Test func `the same host twice is asked once`() async throws {
        try await withTemporaryDirectory { home in
            let socket = home.appending(path: "agent.sock").path
            try await FakeAgent.run(socket: socket, answer: Sample.agent) { agent in
                _ = try await CLIProgram.run(["ps", "-H", agent.url, "-H", agent.url], home: home)
                #expect(agent.calls.count == 1)
            }
        }
    }

    @Test func `a silent host does not hold up the others' later pages`() async throws {
        try await run(
            { call in
                call.query["pageToken"] == nil
                    ? .json(#"{"workers": [\#(Sample.worker(1))], "nextPageToken": "2"}"#) : .json(Sample.workers(2))
            },
            { _ in
                try await untilCancelled()
                return Response(status: .ok)
            }, ["ps", "--timeout", "8s"]
        ) { outcome, one, _ in
            #expect(outcome.status == 2 && one.calls.count == 2)
            #expect(outcome.output.split(separator: "\n").count == 3)
        }
    }

    @Test func `one call at a time is enough`() async throws {
        try await run(Sample.agent, Sample.agent, ["status", "--parallel", "1"]) { outcome, _, _ in
            #expect(outcome.status == 0 && outcome.output.split(separator: "\n").count == 3)
        }
    }

    @Test func `the histories are merged by time, page by page`() async throws {
        @Sendable func time(_ second: Int) -> String { "2026-11-22T15:51:\(second).000Z" }
        let pages: @Sendable ([Int]) -> @Sendable (FakeAgent.Call) async throws -> Response = { seconds in
            { call in
                let start = Int(call.query["pageToken"] ?? "0") ?? 0
                let events = seconds[start..<min(start + 2, seconds.count)].map { Sample.event($0, time: time($0)) }
                return .json(Sample.events(events, next: start + 2 < seconds.count ? "\(start + 2)" : ""))
            }
        }
        try await run(pages([10, 11, 14, 19]), pages([12, 13, 15, 16, 17]), ["events", "-o", "jsonl"]) {
            outcome, one, two in
            let lines = outcome.output.split(separator: "\n").map(String.init)
            let expected = [10, 11, 12, 13, 14, 15, 16, 17, 19].map { second in
                let host = [10, 11, 14, 19].contains(second) ? one.url : two.url
                return #"{"host":"\#(host)","# + Sample.event(second, time: time(second)).dropFirst()
            }
            #expect(lines == expected)
        }
        // The newest are asked for first.
        try await run(pages([14, 11, 10]), pages([13, 12]), ["events", "-o", "json", "--limit", "3"]) {
            outcome, one, two in
            let a = Sample.event(14, time: time(14))
            let b = [12, 13].map { Sample.event($0, time: time($0)) }.joined(separator: ",")
            #expect(
                outcome.output
                    == #"[{"host":"\#(one.url)","ok":true,"result":{"events":[\#(a)]}},"#
                    + #"{"host":"\#(two.url)","ok":true,"result":{"events":[\#(b)]}}]"# + "\n")
        }
    }

    @Test func `earlier events count towards the limit, also those of a host that fails later`() async throws {
        @Sendable func time(_ second: Int) -> String { "2026-11-22T15:51:\(second).000Z" }
        try await run(
            { call in
                call.query["pageToken"] == nil
                    ? .json(Sample.events([Sample.event(9, time: time(59))], next: "x"))
                    : .error(500, "INTERNAL", "R", "no")
            }, { _ in .json(Sample.events((1...4).reversed().map { Sample.event($0, time: time(10 + $0)) })) },
            ["events", "-o", "json", "--limit", "3"]
        ) { outcome, _, _ in
            let answers = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]] ?? []
            let counts = answers.map { (($0["result"] as? [String: Any])?["events"] as? [Any])?.count ?? 0 }
            #expect(counts == [1, 2] && outcome.status == 2)
            #expect(answers.map { $0["ok"] as? Bool } == [false, true] && answers.first?["error"] != nil)
        }
    }

    @Test func `the whole history of several hosts is valid JSON even if one fails`() async throws {
        try await run(Sample.agent, { _ in .error(500, "INTERNAL", "R", "no") }, ["events", "-o", "json"]) {
            outcome, _, _ in
            let array = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: any Sendable]]
            #expect(array?.map { $0["ok"] as? Bool } == [true, false] && outcome.status == 2)
        }
    }

    @Test func `a host whose files cannot be read fails alone, and is named`() async throws {
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(answer: Sample.agent) { agent in
                let folder = home.appending(path: "cluster")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                try Data("two words".utf8).write(to: folder.appending(path: "bad"))
                let inventory = """
                    hosts:
                      good: {url: "\(agent.url)", groups: [one]}
                      lost: {url: "\(agent.url)", tokenFile: nowhere}
                      bad: {url: "\(agent.url)", tokenFile: bad}
                      zero: {url: "\(agent.url)", tokenFile: /dev/zero}
                      ca: {url: "\(agent.url)", cacert: nowhere}
                      odd: {url: "gopher://x"}
                    """
                try Data(inventory.utf8).write(to: folder.appending(path: "hosts.yaml"))
                for command in [["workers"], ["status"], ["events"], ["hosts", "check"]] {
                    let outcome = try await CLIProgram.run(["--all-hosts"] + command, home: home)
                    #expect(outcome.status == 2, "\(outcome.errors)")
                    let lines = outcome.errors.split(separator: "\n").sorted()
                    #expect(lines.map { $0.prefix { $0 != ":" } } == ["bad", "ca", "lost", "odd", "zero"])
                    #expect(lines[2].contains("\(folder.path)/nowhere: no such file"))
                }
                let alone = try await CLIProgram.run(["-H", "lost", "workers"], home: home)
                #expect(alone.status == 77 && alone.errors.hasPrefix("lost: cannot read"))
                // A group of one is a list too: the script that reads it does not know how many there are.
                let json = try await CLIProgram.run(["-g", "one", "workers", "-o", "json"], home: home)
                #expect(json.output.hasPrefix(#"[{"host":"good","ok":true,"result":"#))
                let events = try await CLIProgram.run(["-g", "one", "events", "-o", "json"], home: home)
                #expect(events.output.hasPrefix(#"[{"host":"good","result":{"events":["#))
                let check = try await CLIProgram.run(["hosts", "check", "good"], home: home)
                #expect(check.status == 0 && check.output.split(separator: "\n").count == 2)
            }
        }
    }

    @Test func `a silent name server delays nobody`() async throws {
        try await withTemporaryDirectory { home in
            let source = home.appending(path: "silent.c").path
            let library = home.appending(path: "silent.so").path
            try Data(
                """
                #define _GNU_SOURCE
                #include <dlfcn.h>
                #include <netdb.h>
                #include <string.h>
                #include <unistd.h>
                int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
                    while (node && strcmp(node, "silent.example") == 0) pause();
                    int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
                        dlsym(RTLD_NEXT, "getaddrinfo");
                    return next(node, service, hints, found);
                }
                """.utf8
            ).write(to: URL(filePath: source))
            let compiler = try SpawnedProgram("clang", ["-shared", "-fPIC", "-o", library, source])
            try compiler.input.close()
            for await status in compiler.ends { try #require(status == 0) }
            let answer: @Sendable (FakeAgent.Call) async throws -> Response = { call in
                call.path == "/v1/events:watch" ? .cut(after: [Sample.event(3) + "\n"]) : try Sample.agent(call)
            }
            try await FakeAgent.run(answer: answer) { agent in
                // The look-up never ends, and a program that waited for it would not end either.
                let hosts = ["-H", "http://silent.example:7420", "-H", agent.url]
                let outcome = try await CLIProgram.run(
                    ["workers", "--timeout", "500ms"] + hosts, home: home, environment: ["LD_PRELOAD": library])
                #expect(outcome.status == 2 && outcome.errors.contains("no answer from silent.example:7420"))
                let follow = try CLIProgram(
                    ["events", "-f", "--timeout", "500ms"] + hosts, home: home, environment: ["LD_PRELOAD": library])
                defer { follow.stop() }
                // The loop is there for this host while the other one's look-ups are given up.
                for _ in 0..<5 { try await agent.waitForCall() }
            }
        }
    }

    @Test func `a host whose token is a pipe fails alone`() async throws {
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(answer: Sample.agent) { agent in
                let folder = home.appending(path: "cluster")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                try #require(mkfifo(folder.appending(path: "pipe").path, 0o600) == 0)
                let hosts = """
                    hosts:
                      bad: {url: "\(agent.url)", tokenFile: pipe}
                      good: {url: "\(agent.url)"}
                      key: {url: "\(agent.url)", key: pipe}
                    """
                try Data(hosts.utf8).write(to: folder.appending(path: "hosts.yaml"))
                let outcome = try await CLIProgram.run(["--all-hosts", "workers"], home: home)
                #expect(outcome.status == 2 && outcome.output.contains("good"))
                let reasons = outcome.errors.split(separator: "\n").filter { $0.hasSuffix("it is not a regular file") }
                #expect(reasons.count == 2, "\(outcome.errors)")
            }
        }
    }

    @Test func `a pipe is not an inventory`() async throws {
        try await withTemporaryDirectory { home in
            let folder = home.appending(path: "cluster")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let path = folder.appending(path: "hosts.yaml").path
            try #require(mkfifo(path, 0o600) == 0)
            let outcome = try await CLIProgram.run(["hosts"], home: home)
            #expect(outcome.status == 64 && outcome.errors.contains("cannot read \(path): it is not a regular file"))
        }
    }
}
