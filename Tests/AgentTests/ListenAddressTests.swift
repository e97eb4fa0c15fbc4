// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Agent

@Suite struct ListenAddressTests {
    @Test(arguments: ["127.0.0.1:7420", "localhost:0", "[::1]:80", "0.0.0.0:65535", "web-1.example:443"])
    func readsAndWritesTheSame(text: String) {
        #expect(ListenAddress(text)?.description == text)
    }

    @Test(arguments: [
        "", ":", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1:65536", "::1:80",
        "[::1]", "[]:80", "[127.0.0.1]:80", "[x]:80", "h:8O",
    ])
    func refusesWhatIsNoAddress(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test(arguments: ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1", "LocalHost:1"])
    func knowsLoopback(text: String) throws {
        #expect(try #require(ListenAddress(text)).isLoopback)
    }

    @Test(arguments: ["0.0.0.0:1", "10.0.0.1:1", "[::]:1", "[::ffff:10.0.0.1]:1", "127.0.0.1.example.com:1"])
    func knowsWhatOthersReach(text: String) throws {
        #expect(try !#require(ListenAddress(text)).isLoopback)
    }
}
