// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// Node's own primary and ours go through the same script with the same workers, and must tell the same story.
@Suite("Side by side with Node's primary", .serialized, .timeLimit(.minutes(2)))
struct SideBySideTests {
    @Test("both primaries report a worker's life in the same words", arguments: Self.lives)
    func life(_ script: PrimaryScript) async throws {
        try await compare(script)
    }

    @Test(
        "both primaries report each way of ending in the same words",
        arguments: [
            #"["exit",0]"#, #"["exit",3]"#, #"["throw"]"#, #"["reject"]"#, #"["signal","SIGUSR2"]"#,
            #"["signal","SIGKILL"]"#, #"["disconnect"]"#, #"["processDisconnect"]"#, #"["kill"]"#,
        ])
    func end(_ way: String) async throws {
        try await compare(PrimaryScript("ends.js", args: [way], [.fork] + Self.gone(1)))
        try await compare(
            PrimaryScript("ends.js", [.fork, .wait(.online, 1), .send(1, way)] + Self.gone(1)))
    }

    @Test("both primaries deliver messages in the same words", arguments: Serialization.allCases)
    func messages(_ serialization: Serialization) async throws {
        let values = [
            "null", "0", "-1.5", "1e300", #""text é 🎉""#, #"{"b":[1,{}],"a":null}"#, #"{"cmd":"NODE"}"#, "[[[]]]",
        ]
        // A worker that is told to disconnect has answered what came before.
        var script = PrimaryScript(
            "echo.js", [.fork] + values.map { .send(1, $0) } + [.disconnect(1)] + Self.gone(1))
        script.settings.serialization = serialization
        try await compare(script)
    }

    private static func gone(_ id: Int) -> [PrimaryScript.Step] { [.wait(.disconnect, id), .wait(.exit, id)] }

    private static let lives: [PrimaryScript] = [
        PrimaryScript("http-server.js", [.fork, .wait(.listening, 1), .disconnect(1)] + gone(1)),
        PrimaryScript("http-server.js", [.fork, .disconnect(1)] + gone(1)),
        PrimaryScript("http-server.js", [.fork, .wait(.listening, 1), .abrupt(1)] + gone(1)),
        PrimaryScript("http-server.js", [.fork, .wait(.listening, 1), .kill(1, "SIGTERM")] + gone(1)),
        PrimaryScript(
            "http-server.js",
            [.fork, .fork, .wait(.listening, 1), .wait(.listening, 2), .fork, .disconnectAll] + gone(1) + gone(2)
                + gone(3)),
        PrimaryScript("idle.js", [.disconnectAll, .fork, .wait(.online, 1), .disconnect(1)] + gone(1)),
        PrimaryScript("syntax-error.js", [.fork] + gone(1)),
        PrimaryScript("idle.js", execArgv: ["--no-such-option"], [.fork] + gone(1)),
        PrimaryScript(
            "udp.js", args: [#"["udp4",{"port":0}]"#], [.fork, .wait(.listening, 1), .kill(1, "SIGKILL")] + gone(1)),
        PrimaryScript(
            "listen.js", args: [#"{"port":0,"host":"127.0.0.1"}"#],
            [.fork, .wait(.listening, 1), .disconnect(1)] + gone(1)),
        PrimaryScript(
            "listen.js", args: [#"{"port":0,"host":"::1"}"#], [.fork, .wait(.listening, 1), .disconnect(1)] + gone(1)),
        PrimaryScript(
            "listen.js", args: [#"{"port":0,"exclusive":true}"#],
            [.fork, .wait(.message, 1), .kill(1, "SIGKILL")] + gone(1)),
    ]

    private func compare(
        _ script: PrimaryScript, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let theirs = try await NodePrimary.run(script)
        try await withPrimary("", settings: { $0 = script.settings }) { cluster in
            let ours = try await cluster.run(script.steps)
            #expect(Self.byWorker(ours) == Self.byWorker(theirs), sourceLocation: sourceLocation)
        }
    }

    /// The lines of each worker in their order, but for its end: disconnect and exit may come in either.
    private static func byWorker(_ lines: [String]) -> [String: [String]] {
        Dictionary(grouping: lines) { $0.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
            .mapValues { lines in
                // Which port is free is chance.
                let lines = lines.map { $0.replacing(/"port":[1-9][0-9]*/, with: #""port":1"#) }
                let isEnd = { (line: String) in line.hasPrefix("disconnect ") || line.hasPrefix("exit ") }
                return lines.filter { !isEnd($0) } + lines.filter(isEnd).sorted()
            }
    }
}
