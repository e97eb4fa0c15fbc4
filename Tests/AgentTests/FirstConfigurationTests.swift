// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

@testable import Agent

/// `cluster-agent init`: what an application's folder tells.
struct FirstConfigurationTests {
    private static func found(
        _ keys: [String: JSONValue]?, files: Set<String>, exec: String? = nil, folder: String = "/srv/shop",
        longestName: Int = 73, node: String = "v20.20.2\n"
    ) throws -> FirstConfiguration {
        try FirstConfiguration(
            exec, manifest: keys.map(PackageManifest.init),
            in: .init(
                folder: folder, isFile: { files.contains($0) }, longestName: longestName, node: { NodeVersion(node) }))
    }

    @Test(
        arguments: [
            ("node server.js", ["server.js"], "server.js"), ("node ./dist/main", ["./dist/main.js"], "./dist/main.js"),
            ("next start -p 3000", ["node_modules/.bin/next"], "node_modules/.bin/next"),
            ("npm run build && node x.js", ["x.js", "main.js"], "main.js"), ("node gone.js", ["main.js"], "main.js"),
            ("nodemon main.js", ["app.js"], "app.js"),
        ] as [(String, Set<String>, String)])
    func `the program is what starts the application`(start: String, files: Set<String>, exec: String) throws {
        let found = try Self.found(["main": "main.js", "scripts": ["start": .string(start)]], files: files)
        #expect(found.exec == exec)
    }

    @Test func `a start script keeps its options, arguments and variables`() throws {
        let start: JSONValue =
            "cross-env NODE_ENV=production node --max-old-space-size=512 -r dotenv/config s.js --port 1"
        let found = try Self.found(["scripts": ["start": start]], files: ["s.js"])
        #expect(found.execArgv == ["--max-old-space-size=512", "-r", "dotenv/config"])
        #expect(found.args == ["--port", "1"] && found.variables == ["NODE_ENV=production"])
    }

    @Test(arguments: [("@acme/web", "web"), ("shop-api", "shop-api"), ("a b", "shop")])
    func `the name is the package's, without its scope`(package: String, name: String) throws {
        #expect(try Self.found(["name": .string(package)], files: ["app.js"]).name == name)
    }

    @Test func `a folder without a program is named with what it starts`() throws {
        let error = #expect(throws: StartupError.self) {
            try Self.found(["scripts": ["start": "npm run serve"]], files: [])
        }
        #expect(error?.code == .usage)
        #expect(error?.description.contains("/srv/shop has; npm start is: npm run serve") == true)
    }

    @Test(
        arguments: [
            ("npm run build && node x.js", "init does not understand it, so exec is main.js (package.json: main)"),
            ("node gone.js", "what it starts is not here, so exec is main.js"),
            ("nodemon main.js", "does not understand"),
            ("node server.js", nil),
        ] as [(String, String?)])
    func `a start script that does not count is told`(start: String, doubt: String?) throws {
        let keys: [String: JSONValue] = ["main": "main.js", "scripts": ["start": .string(start)]]
        let found = try Self.found(keys, files: ["main.js", "server.js"])
        #expect(found.doubts.count == (doubt == nil ? 0 : 1))
        if let doubt { #expect(found.doubts[0].contains(doubt) && found.doubts[0].contains(start), "\(found.doubts)") }
        #expect(try Self.found(keys, files: [], exec: "x.js").doubts.isEmpty)
    }

    @Test func `a start script cannot steer the terminal`() throws {
        let keys: [String: JSONValue] = ["main": "a.js", "scripts": ["start": "a && \u{1B}[2J\nb"]]
        #expect(try Self.found(keys, files: ["a.js"]).doubts[0].contains(#"a && \u{1b}[2J\nb"#))
        let error = #expect(throws: StartupError.self) { try Self.found(keys, files: []) }
        #expect(error?.description.contains(#"\u{1b}[2J\nb"#) == true)
    }

    @Test(arguments: [
        ("v20.20.2", true), ("v22.17.1", true), ("v22.18.0", false), ("v23.5.0", true), ("v23.6.0", false),
        ("v24.0.0", false), ("v24.0.0-nightly", false), ("", false), ("20.1.0", false), ("v20", false),
    ])
    func `TypeScript needs a Node that runs it`(node: String, isTooOld: Bool) throws {
        for exec in ["server.ts", "server.mts"] {
            #expect(try Self.found(nil, files: [], exec: exec, node: node).doubts.isEmpty != isTooOld)
        }
        #expect(try Self.found(nil, files: [], exec: "server.js", node: node).doubts.isEmpty)
        let start: [String: JSONValue] = ["scripts": ["start": "node --import tsx server.ts"]]
        #expect(try Self.found(start, files: ["server.ts"], node: node).doubts.isEmpty)
    }

    @Test func `a name that no agent may have is told`() throws {
        let long = String(repeating: "n", count: 55)
        #expect(try Self.found(["name": "local"], files: ["app.js"]).name == "shop")
        #expect(try Self.found(["name": "@acme/local"], files: ["app.js"], folder: "/local").name == "app")
        let found = try Self.found(["name": .string(long)], files: ["app.js"], longestName: 54)
        #expect(
            found.name == "shop" && found.doubts == ["\(long) has 55 bytes, and 54 are possible, so the name is shop"])
        #expect(try Self.found(["name": .string(long)], files: ["app.js"], longestName: 55).name == long)
    }

    @Test func `a package_json that is none is named`() async throws {
        try await withTemporaryDirectory { folder in
            let file = folder.appending(path: "package.json")
            #expect(try PackageManifest(in: folder.path) == nil)
            func problem() -> String? {
                let error = #expect(throws: StartupError.self) { try PackageManifest(in: folder.path) }
                try? FileManager.default.removeItem(at: file)
                #expect(error?.code == .configuration)
                return error?.description
            }
            #expect(mkfifo(file.path, 0o600) == 0)
            #expect(problem() == "cannot read \(file.path): it is not a file")
            try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
            #expect(problem() == "cannot read \(file.path): it is not a file")
            try Data(count: 1 << 20 + 1).write(to: file)
            #expect(problem() == "cannot read \(file.path): it has more than 1 MiB")
            try Data("[]".utf8).write(to: file)
            #expect(problem() == "cannot read \(file.path): it is not a JSON object")
            try Data("\u{FEFF}{\"main\": \"a.js\"}".utf8).write(to: file)
            #expect(try PackageManifest(in: folder.path)?.main == "a.js")
        }
    }

    @Test func `a program on the command line counts most`() throws {
        #expect(try Self.found(["main": "a.js"], files: ["a.js"], exec: "b.js").exec == "b.js")
    }

    @Test(arguments: [nil, "cluster.fork()"]) func `the file is a configuration`(text: String?) async throws {
        try await withTemporaryDirectory { folder in
            let path = folder.path
            try Data((text ?? "").utf8).write(to: folder.appending(path: "in dex.js"))
            try Data().write(to: folder.appending(path: ".env"))
            let manifest = PackageManifest(["name": "web", "main": "in dex.js"])
            let first = try FirstConfiguration(
                nil, manifest: manifest,
                in: .init(folder: path, isFile: { _ in true }, longestName: 73, node: { nil }))
            let file = folder.appending(path: "a.yaml")
            try Data(first.yaml().utf8).write(to: file)
            let environment = ["HOME": path, "PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""]
            let reader = try ConfigurationReader(flags: [:], environment: environment, file: file.path)
            let configuration = try AgentConfiguration(reader, environment: environment, cores: 3)
            #expect(configuration.settings.exec == path + "/in dex.js")
            #expect(configuration.name == "web" && configuration.settings.envFiles == [path + "/.env"])
            #expect(configuration.runsPrimary == (text != nil) && configuration.workers == (text == nil ? 3 : 0))
        }
    }
}
