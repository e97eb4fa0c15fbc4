// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Agent

@Suite struct ListenAddressTests {
    @Test(arguments: [
        "127.0.0.1:7420", "localhost:0", "[::1]:80", "0.0.0.0:65535", "web-1.example:443", "[fe80::1%eth0]:7420",
    ])
    func `an address reads back as it was written`(text: String) {
        #expect(ListenAddress(text)?.description == text)
    }

    @Test(arguments: [
        "", ":", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1:65536", "::1:80",
        "[::1]", "[]:80", "[fe80::1%]:80", "[127.0.0.1]:80", "[x]:80", "h:8O", "[x:80",
        "a b:80", "user@h:80", "h/:80", "[::1]x:80", "h:80:80",
    ])
    func `an invalid address is refused`(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test func `a zone may be written as in a URL`() {
        #expect(ListenAddress("[fe80::1%25eth0]:80")?.host == "fe80::1%eth0")
        #expect(ListenAddress("[fe80::1%25]:80")?.host == "fe80::1%25")
    }

    @Test(arguments: [
        (":7420", "127.0.0.1:7420"), ("7420", "127.0.0.1:7420"), ("::1:7420", "[::1]:7420"), ("::1", "[::1]:7420"),
        ("127.0.0.1", "127.0.0.1:7420"),
    ])
    func `the error says what to write`(text: String, instead: String) throws {
        let problem = #expect(throws: ListenAddress.Problem.self) { try ListenAddress(parsing: text) }
        #expect(problem?.description.contains(instead) == true)
    }

    @Test(arguments: ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1", "LocalHost:1"])
    func `a loopback address is recognised`(text: String) throws {
        #expect(try #require(ListenAddress(text)).isLoopback)
    }

    @Test(arguments: ["0.0.0.0:1", "10.0.0.1:1", "[::]:1", "[::ffff:10.0.0.1]:1", "127.0.0.1.example.com:1"])
    func `an address that others can reach is recognised`(text: String) throws {
        #expect(try !#require(ListenAddress(text)).isLoopback)
    }
}
