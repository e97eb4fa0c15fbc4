// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Shared
import Testing

@testable import Agent

/// How the web page's files are served.
@Suite(.timeLimit(.minutes(1)))
struct DashboardRoutesTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/Agent/Dashboard").standardizedFileURL

    /// What the folder has for browsers: types are for TypeScript alone.
    private static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasSuffix(".d.ts") }
    }

    @Test(arguments: DashboardFile.all.map(\.path))
    func `a file of the page needs no token and forbids everything foreign`(path: String) async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.anonymous(.get, path)
            #expect(reply.status == 200 && !reply.body.isEmpty)
            let policy = try #require(reply.headers[.contentSecurityPolicy])
            #expect(policy.hasPrefix("default-src 'none';") && policy.contains("frame-ancestors 'none'"))
            #expect(!policy.contains("unsafe") && !policy.contains("*"))
            #expect(reply.headers[.xContentTypeOptions] == "nosniff")
            #expect(reply.headers[.referrerPolicy] == "no-referrer")
            #expect(reply.headers[.cacheControl] == "no-cache")
        }
    }

    @Test func `each file of the folder is served with its type`() async throws {
        let names = try Self.names()
        #expect(Set(DashboardFile.all.map(\.path)) == Set(names.map { $0 == "index.html" ? "/" : "/dashboard/\($0)" }))
        try await AgentFixture.with { agent in
            for (path, type) in [
                ("/", "text/html; charset=utf-8"), ("/dashboard/style.css", "text/css; charset=utf-8"),
                ("/dashboard/icon.svg", "image/svg+xml"), ("/dashboard/main.js", "text/javascript; charset=utf-8"),
            ] {
                let type = try await agent.anonymous(.get, path).headers[.contentType] == type
                #expect(type, "\(path)")
            }
        }
    }

    @Test func `a browser that has the file is not sent it again`() async throws {
        try await AgentFixture.with { agent in
            let first = try await agent.anonymous(.get, "/")
            let tag = try #require(first.headers[.eTag])
            let again = try await agent.anonymous(.get, "/", headers: [.ifNoneMatch: tag])
            #expect(again.status == 304 && again.body.isEmpty)
            let other = try await agent.anonymous(.get, "/", headers: [.ifNoneMatch: "\"other\""])
            #expect(other.status == 200)
        }
    }

    @Test func `another method is refused as for a call`() async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.post("/", "{}")
            #expect(reply.status == 405 && reply.reason == .methodNotAllowed)
            #expect(reply.headers[.allow] == "GET, HEAD")
            let head = try await agent.anonymous(.head, "/dashboard/main.js")
            #expect(head.status == 200 && head.body.isEmpty)
        }
    }

    @Test func `nothing else below the page's path is open`() async throws {
        try await AgentFixture.with { agent in
            for path in ["/dashboard/", "/dashboard/../token", "/dashboard/secret.js", "/index.html"] {
                let status = try await agent.anonymous(.get, path).status
                #expect(status == 401, "\(path)")
            }
        }
    }

    /// A browser begins with all modules at once, and not when another one has named them.
    @Test func `the page comes with the names of its modules`() async throws {
        try await AgentFixture.with { agent in
            let links = try #require(try await agent.anonymous(.get, "/").headers[.link])
            #expect(links.hasPrefix("<dashboard/style.css>; rel=preload; as=style, <dashboard/main.js>;"))
            for file in DashboardFile.all where file.path.hasSuffix(".js") {
                #expect(links.contains("<\(file.path.dropFirst())>; rel=modulepreload"), "\(file.path)")
            }
        }
    }

    /// A module that nobody can read in one go is split.
    @Test func `the page is small, and so is each module`() throws {
        var total = 0
        for name in try Self.names() {
            let content = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
            total += content.utf8.count
            if name.hasSuffix(".js") { #expect(content.split(separator: "\n").count < 200, "\(name)") }
        }
        #expect(total < 150_000)
    }

    /// What a worker has printed or named is text. The policy would stop it too, but only in browsers that know it.
    @Test func `no module makes markup of text`() throws {
        for name in try Self.names() where name.hasSuffix(".js") {
            let content = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
            for word in [
                "innerHTML", "outerHTML =", "insertAdjacentHTML", "document.write", "eval(", "DOMParser", "http://",
                "https://",
            ] where !(word == "http://" && content.contains("http://www.w3.org/2000/svg")) {
                #expect(!content.contains(word), "\(name): \(word)")
            }
        }
    }
}
