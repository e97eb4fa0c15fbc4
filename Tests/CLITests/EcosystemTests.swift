// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

@testable import CLI

/// Ecosystem files, which `node` reads.
@Suite(.timeLimit(.minutes(1)))
struct EcosystemTests {
    /// What comes of a file with this text.
    private static func apps(
        _ name: String, _ text: String, package: String? = nil, within time: Duration = .seconds(30)
    ) async throws -> [[String: JSONValue]] {
        try await withTemporaryDirectory { folder in
            if let package { try Data(package.utf8).write(to: folder.appending(path: "package.json")) }
            let file = folder.appending(path: name)
            try Data(text.utf8).write(to: file)
            return try await onOwnThread { try NodeEvaluation.apps(in: file.path, within: time) }
        }
    }

    @Test(arguments: [
        ("ecosystem.config.js", "module.exports = {apps: [{script: 'a.js'}]}"),
        ("a.js", "console.log('noise'); module.exports = {apps: {script: 'a.js'}}"),
        ("a.js", "module.exports = [{script: 'a.js'}]"), ("a.js", "module.exports = {script: 'a.js'}"),
        ("a.js", "module.exports = {pm2: [{script: 'a.js'}]}"),
        ("a.js", "module.exports = () => ({apps: [{script: 'a.js'}]})"),
        ("a.js", "module.exports = async () => ({apps: [{script: 'a.js'}]})"),
        ("a.js", "module.exports = new Promise(done => setTimeout(done, 10, {apps: [{script: 'a.js'}]}))"),
        ("a.js", "exports.__esModule = true; exports.default = [{script: 'a.js'}]"),
        ("a.js", "module.exports = [{script: 'a.js', f() {}}]; setInterval(() => {}, 1000)"),
        ("a b.mjs", "export default {apps: [{script: 'a.js'}]}"), ("a.mjs", "export const apps = [{script: 'a.js'}]"),
        ("a.mjs", "export default async () => [{script: await 'a.js'}]"),
        (
            "a.cjs",
            "process.stdout.write('{}'); process.on('exit', () => { throw 1 }); module.exports = [{script: 'a.js'}]"
        ),
        ("a.json", #"{"apps": [{"script": "a.js"}]}"#),
        ("a.json", "\u{FEFF}{ // a list\n apps: [{script: 'a.js',},], /* the end */ } // of it"),
        ("process.json5", "[{script: 'a.js'}]"),
    ])
    func `a file may have its apps in many forms`(name: String, text: String) async throws {
        #expect(try await Self.apps(name, text) == [["script": "a.js"]])
    }

    @Test func `a package of modules has modules`() async throws {
        let text = "export default {apps: [{script: 'a.js'}]}"
        #expect(try await Self.apps("a.config.js", text, package: #"{"type": "module"}"#) == [["script": "a.js"]])
    }

    @Test(arguments: [
        ("a.js", "module.exports = {", "node cannot read it: SyntaxError: Unexpected end of input (line 1)"),
        ("a.js", "\n\nthrow new Error('set FOO\\nplease')", "node cannot read it: Error: set FOO (line 3)"),
        ("a.js", "throw null", "node cannot read it: null"),
        ("a.js", "require('./gone')", "node cannot read it: Error: Cannot find module './gone' (line 1)"),
        ("a.js", "setTimeout(() => nope, 1); module.exports = new Promise(() => {})", "nope is not defined (line 1)"),
        ("a.json", "{apps: [}", "node cannot read it: SyntaxError: Unexpected token '}' (line 1)"),
        ("a.mjs", "export default {", "node cannot read it: SyntaxError: "),
        ("a.js", "module.exports = [{script: 'a.js', n: 1n}]", "TypeError: Do not know how to serialize a BigInt"),
        ("a.js", "module.exports = new Promise(() => {})", "it waits for something that does not come"),
        ("a.mjs", "export default await new Promise(() => {})", "it waits for something that does not come"),
        ("a.js", "process.exit(3)", "it ends node itself, by process.exit(3); to see why: node "),
        ("a.js", "process.kill(process.pid, 'SIGKILL')", "it was ended by SIGKILL"),
        ("a.js", "", "it exports no apps"), ("a.js", "module.exports = {apps: []}", "it exports no apps"),
        ("a.js", "module.exports = 'apps'", "it exports no apps"),
        ("a.js", "module.exports = [{script: 'a.js'}, null]", "its app 2 is not an object"),
        ("a.js", "module.exports = [{script: 'x'.repeat(2 ** 20)}]", "its apps are more than 1 MiB of JSON"),
        (
            "a.js", "module.exports = [JSON.parse('{\"a\":'.repeat(2000) + '1' + '}'.repeat(2000))]",
            "cannot be read as JSON"
        ),
    ])
    func `a file without apps has one reason`(name: String, text: String, problem: String) async throws {
        let error = await #expect(throws: EcosystemProblem.self) { try await Self.apps(name, text) }
        #expect(error?.words.contains(problem) == true, "\(error?.words ?? "")")
        #expect(error?.words.contains("\n") == false)
    }

    @Test(arguments: ["while (true) {}", "module.exports = new Promise(() => setInterval(() => {}, 1000))"])
    func `a file that does not end is given up`(text: String) async throws {
        let error = await #expect(throws: EcosystemProblem.self) {
            try await Self.apps("a.js", text, within: .milliseconds(500))
        }
        #expect(error?.words == "its code does not end within 500ms")
    }

    /// What stands in the way before node is asked.
    @Test func `what is no file of JavaScript or JSON is refused`() async throws {
        try await withTemporaryDirectory { home in
            let pipe = home.appending(path: "pipe.js").path
            let large = home.appending(path: "large.js")
            let yaml = home.appending(path: "apps.yaml").path
            #expect(mkfifo(pipe, 0o600) == 0)
            try Data(count: 1 << 20 + 1).write(to: large)
            let problems = [
                (pipe, "it is not a regular file"), (large.path, "longer than 1048576 bytes"),
                (home.path, "is a directory"),
                (home.path + "/none.js", "no such file"), (yaml, "npx js-yaml \(yaml)"),
            ]
            for (path, problem) in problems {
                let outcome = try await CLIProgram.run(["import", "pm2", path, "--out", home.path], home: home)
                #expect(outcome.status == 64 && outcome.errors.contains("\(path): "), "\(outcome)")
                #expect(outcome.errors.contains(problem), "\(outcome)")
            }
        }
    }

    @Test func `without node the reason is clear`() async throws {
        try await withTemporaryDirectory { home in
            let file = home.appending(path: "a.js")
            try Data().write(to: file)
            let outcome = try await CLIProgram.run(
                ["import", "pm2", file.path], home: home, environment: ["PATH": home.path])
            #expect(
                outcome.status == 64 && outcome.errors.contains("node must read it, and is not in PATH"), "\(outcome)")
        }
    }

    @Test func `nothing is left of a file that is interrupted`() async throws {
        try await withTemporaryDirectory { home in
            let file = home.appending(path: "a.js")
            let mark = home.appending(path: "mark")
            #expect(mkfifo(mark.path, 0o600) == 0)
            let text = """
                require('fs').writeFileSync('\(mark.path)', String(process.pid))
                while (true) {}
                """
            try Data(text.utf8).write(to: file)
            let reader = try SpawnedProgram("cat", [mark.path])
            let program = try CLIProgram(["import", "pm2", file.path], home: home)
            defer { program.stop() }
            // It ends when node has written all.
            for await _ in reader.ends {}
            let pid = await reader.output.text()
            #expect(Int32(pid) != nil)
            program.interrupt()
            #expect(await program.outcome().status == 130)
            #expect(!FileManager.default.fileExists(atPath: "/proc/\(pid)"))
        }
    }
}
