// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import Testing

@Suite struct ListenURLTests {
    @Test func `a URL says what a socket is`() throws {
        #expect(try ListenURL(parsing: "tcp://0.0.0.0:8000").target == .tcp(host: "0.0.0.0", port: 8000))
        #expect(try ListenURL(parsing: "tcp://[::1]:0").target == .tcp(host: "::1", port: 0))
        #expect(try ListenURL(parsing: "udp://[fe80::1%eth0]:53").target == .udp(host: "fe80::1%eth0", port: 53))
        #expect(try ListenURL(parsing: "tcp://[fe80::1%25eth0]:53").target == .tcp(host: "fe80::1%eth0", port: 53))
        #expect(try ListenURL(parsing: "unix:///run/a b.sock").target == .unix(path: "/run/a b.sock"))
    }

    @Test func `a socket's name is the part after the hash, or the scheme`() throws {
        #expect(try ListenURL(parsing: "tcp://0.0.0.0:80#http").name == "http")
        #expect(try ListenURL(parsing: "unix:///run/x#y").name == "y")
        #expect(try ListenURL(parsing: "udp://0.0.0.0:80").name == "udp")
    }

    @Test(arguments: ["tcp://0.0.0.0:8000", "tcp://[::]:65535#web", "udp://127.0.0.1:0", "unix:///run/x.sock#a-b"])
    func `a URL is written as it is read`(_ text: String) throws {
        #expect(try ListenURL(parsing: text).description == text)
    }

    @Test(arguments: [
        "", "8000", "tcp:0.0.0.0:80", "http://0.0.0.0:80", "TCP://0.0.0.0:80", "tcp://", "tcp://0.0.0.0", "tcp://:80",
        "tcp://0.0.0.0:", "tcp://0.0.0.0:65536", "tcp://0.0.0.0:-1", "tcp://0.0.0.0:+1", "tcp://0.0.0.0:80/",
        "tcp://0.0.0.0:８０", "tcp://::1:80", "tcp://[]:80", "tcp://[127.0.0.1]:80", "unix://", "unix:///",
        "unix://run/x",
        "unix:///a\0b", "tcp://0.0.0.0:80#", "tcp://0.0.0.0:80#a:b", "tcp://0.0.0.0:80#\u{fc}",
    ])
    func `anything else is not a socket's URL`(_ text: String) {
        #expect(throws: ListenURL.Problem.self) { try ListenURL(parsing: text) }
        #expect(ListenURL(text) == nil)
    }

    @Test func `an error in one of several is reported with its place`() throws {
        let json = Data(#"["tcp://0.0.0.0:80", "sctp://0.0.0.0:80"]"#.utf8)
        let error = #expect(throws: DecodingError.self) { try JSONDecoder().decode([ListenURL].self, from: json) }
        guard case .dataCorrupted(let context)? = error else {
            Issue.record("not said to be corrupted")
            return
        }
        #expect(context.codingPath.first?.intValue == 1)
        #expect(context.debugDescription == "sctp://0.0.0.0:80 has the scheme sctp; it must be tcp, udp or unix")
    }
}
