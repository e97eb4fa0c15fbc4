// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

/// Node's own primary and ours fork a worker in Node and one in Swift, and tell the same story of all.
@Suite("A worker in Swift beside one in Node", .serialized, .timeLimit(.minutes(2)))
struct SwiftSideBySideTests {
    private static let gone = [PrimaryScript.Step.wait(.disconnect, 1), .wait(.exit, 1)]

    @Test(
        "the life of a worker in Swift is reported in the same words",
        arguments: [
            PrimaryScript("http-server.js", [.fork, .wait(.listening, 1), .disconnect(1)] + gone),
            PrimaryScript("http-server.js", [.fork, .wait(.listening, 1), .abrupt(1)] + gone),
            PrimaryScript("http-server.js", [.fork, .wait(.listening, 1), .kill(1, "SIGTERM")] + gone),
            PrimaryScript("idle.js", [.fork, .wait(.online, 1), .disconnect(1)] + gone),
            PrimaryScript("idle.js", [.fork, .wait(.online, 1), .disconnectAll] + gone),
        ])
    func life(_ script: PrimaryScript) async throws {
        try await compare(script)
    }

    @Test(
        "each end of a worker in Swift is reported in the same words",
        arguments: [#"["exit",0]"#, #"["exit",3]"#, #"["abort"]"#, #"["disconnect"]"#, #"["kill"]"#])
    func end(_ way: String) async throws {
        try await compare(PrimaryScript("ends.js", args: [way], [.fork] + Self.gone))
        try await compare(PrimaryScript("ends.js", [.fork, .wait(.online, 1), .send(1, way)] + Self.gone))
    }

    @Test("messages of a worker in Swift come in the same words", arguments: Serialization.allCases)
    func messages(_ serialization: Serialization) async throws {
        let values = ["null", "0", "-1.5", #""text é 🎉""#, #"{"b":[1,{}],"a":null}"#, #"{"cmd":"NODE"}"#, "[[[]]]"]
        for value in values {
            var script = PrimaryScript(
                "echo.js",
                [.fork, .wait(.online, 1), .send(1, value), .wait(.message, 1), .kill(1, "SIGKILL")] + Self.gone)
            script.settings.serialization = serialization
            try await compare(script)
        }
    }

    private func compare(_ script: PrimaryScript) async throws {
        let expected = Self.ordered(try await NodePrimary.run(script))
        #expect(Self.ordered(try await NodePrimary.run(script.inSwift)) == expected, "under Node's primary")
        try await withPrimary("", settings: { $0 = script.inSwift.settings }) { cluster in
            let ours = try await cluster.run(script.steps)
            #expect(Self.ordered(ours) == expected, "under ours")
        }
    }

    /// Disconnect and exit may come in either order.
    private static func ordered(_ lines: [String]) -> [String] {
        let isEnd = { (line: String) in line.hasPrefix("disconnect ") || line.hasPrefix("exit ") }
        return lines.filter { !isEnd($0) } + lines.filter(isEnd).sorted()
    }
}
