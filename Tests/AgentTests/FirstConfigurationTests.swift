// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

@testable import Agent

/// `cluster-agent init`: what an application's folder tells.
struct FirstConfigurationTests {
    private static func found(
        _ keys: [String: JSONValue]?, files: Set<String>, exec: String? = nil
    ) throws -> FirstConfiguration {
        try FirstConfiguration(exec, manifest: keys.map(PackageManifest.init), folder: "/srv/shop") {
            files.contains($0)
        }
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

    @Test func `a program on the command line counts most`() throws {
        #expect(try Self.found(["main": "a.js"], files: ["a.js"], exec: "b.js").exec == "b.js")
    }

    @Test(arguments: [nil, "cluster.fork()"]) func `the file is a configuration`(text: String?) async throws {
        try await withTemporaryDirectory { folder in
            let path = folder.path
            try Data((text ?? "").utf8).write(to: folder.appending(path: "in dex.js"))
            try Data().write(to: folder.appending(path: ".env"))
            let manifest = PackageManifest(["name": "web", "main": "in dex.js"])
            let first = try FirstConfiguration(nil, manifest: manifest, folder: path) { _ in true }
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
