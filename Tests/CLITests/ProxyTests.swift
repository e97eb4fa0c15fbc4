// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import CLI

/// Which proxy is used, and what it gets to see.
@Suite(.timeLimit(.minutes(1)))
struct ProxyTests {
    private static func proxy(_ url: String, _ environment: [String: String]) -> Proxy? {
        AgentAddress(url).flatMap { Proxy(for: $0, environment: { environment[$0] }) }
    }

    private static let all = [
        "http_proxy": "http://p:1", "https_proxy": "http://p:2", "ALL_PROXY": "http://p:3", "HTTP_PROXY": "http://p:4",
    ]

    @Test(arguments: [
        "unix:/a", "http://127.0.0.1:1", "http://127.9.9.9", "https://localhost:1", "http://LOCALHOST.",
        "http://[::1]:1",
        "http://a.localhost:1", "http://[::ffff:127.0.0.1]:1", "http://127.1:1", "http://0x7f000001:1",
        "http://2130706433", "http://0.0.0.0:1", "http://[::]:1",
    ])
    func `an agent on this machine needs no proxy`(url: String) {
        #expect(Self.proxy(url, Self.all) == nil)
    }

    @Test(
        arguments: [
            ("http://10.0.0.7:1", ["http_proxy": "http://p:1"], "http_proxy"),
            ("https://a.example:1", ["http_proxy": "http://p:1"], nil),
            ("https://a.example:1", ["HTTPS_PROXY": "http://p:1", "all_proxy": "http://q:1"], "HTTPS_PROXY"),
            ("http://a.example:1", ["ALL_PROXY": "socks5://p:1"], "ALL_PROXY"),
            // CGI programs are given a client's header by this name.
            ("http://a.example:1", ["HTTP_PROXY": "http://p:1"], nil),
            ("http://a.example:1", ["http_proxy": ""], nil),
            ("http://128.0.0.1:1", ["http_proxy": "http://p:1"], "http_proxy"),
            ("http://localhost.example:1", ["http_proxy": "http://p:1"], "http_proxy"),
        ] as [(String, [String: String], String?)])
    func `the environment names the proxy`(url: String, environment: [String: String], variable: String?) {
        #expect(Self.proxy(url, environment)?.variable == variable)
    }

    @Test(arguments: [
        ("http://a.example:1", "*", true), ("http://a.example:1", "example", true),
        ("http://a.example:1", ".example", true),
        ("http://a.example.:1", "b, a.example.", true), ("http://a.example:1", "le", false),
        ("http://aexample:1", "example", false), ("http://10.0.0.7:1", "10.0.0.7", true),
        ("http://10.0.0.7:1", "10.0.0.0/8", true), ("http://10.0.0.7:1", "10.0.0.0/29", true),
        ("http://10.0.0.8:1", "10.0.0.0/29", false), ("http://10.0.0.7:1", "0.0.7", false),
        ("http://[fd00::1]:1", "fd00::/8", true), ("http://[fd00::1]:1", "[fd00::1]", true),
        ("http://[fd00::1]:1", "10.0.0.0/8", false), ("http://10.0.0.7:1", "10.0.0.0/99", false),
        ("http://10.0.0.7:1", "10.0.0.0/+8", false),
        ("http://A.Example:1", "a.EXAMPLE", true), ("http://a.example:1", "", false),
        ("http://a.example:1", ".", false),
    ])
    func `no_proxy names hosts that need no proxy`(url: String, exceptions: String, isDirect: Bool) {
        let proxy = Self.proxy(url, ["http_proxy": "http://p:1", "no_proxy": exceptions])
        #expect((proxy == nil) == isDirect)
    }

    @Test func `a proxy's password is not shown`() {
        #expect(Self.proxy("http://a:1", ["http_proxy": "http://me:se@cret@p:1/"])?.place == "p:1")
        #expect(Self.proxy("http://a:1", ["http_proxy": "p:1"])?.place == "p:1")
    }

    @Test(arguments: ["http_proxy", "ALL_PROXY"])
    func `a proxy sees nothing of the traffic to this machine`(variable: String) async throws {
        try await withTemporaryDirectory { home in
            let token = home.appending(path: "token")
            try Data("s3cret".utf8).write(to: token)
            try await HostileServer.run([.text("HTTP/1.1 502 Bad Gateway\r\n\r\n")]) { proxy in
                let url = proxy.url
                try await FakeAgent.run(answer: Sample.agent) { agent in
                    let outcome = try await CLIProgram.run(
                        ["workers", "-H", agent.url, "--token-file", token.path], home: home,
                        environment: [variable: url])
                    #expect(outcome.status == 0, "\(outcome.errors)")
                }
                #expect(proxy.requests.isEmpty)
            }
        }
    }

    @Test func `a token is kept from a proxy, and a proxy's answer is reported as the proxy's`() async throws {
        try await withTemporaryDirectory { home in
            let token = home.appending(path: "token")
            try Data("s3cret".utf8).write(to: token)
            let steps = [HostileServer.Step.text("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 5\r\n\r\nproxy")]
            try await HostileServer.run(steps) { proxy in
                func call(_ url: String, _ options: [String] = []) async throws -> CLIProgram.Outcome {
                    try await CLIProgram.run(
                        ["workers", "-H", url] + options, home: home,
                        environment: ["http_proxy": proxy.url, "https_proxy": proxy.url])
                }
                let kept = try await call("http://198.51.100.1:7420", ["--token-file", token.path])
                #expect(kept.status == 69 && kept.errors.contains("is not sent without TLS through the proxy"))
                #expect(proxy.requests.isEmpty)
                let plain = try await call("http://198.51.100.1:7420")
                #expect(
                    plain.errors.contains(
                        "the proxy 127.0.0.1:\(proxy.port), which leads to 198.51.100.1:7420, answered"))
                let tunnel = try await call("https://198.51.100.1:7420", ["--token-file", token.path])
                #expect(tunnel.status == 69 && tunnel.errors.contains("by the proxy 127.0.0.1:\(proxy.port)"))
                #expect(proxy.requests.last?.hasPrefix("CONNECT 198.51.100.1:7420") ?? false)
                #expect(proxy.requests.allSatisfy { !$0.contains("s3cret") })
            }
            let down = try await CLIProgram.run(
                ["workers", "-H", "http://198.51.100.1:7420"], home: home, environment: ["http_proxy": "127.0.0.1:1"])
            #expect(down.status == 69 && down.errors.contains("connection refused at the proxy 127.0.0.1:1"))
        }
    }
}
