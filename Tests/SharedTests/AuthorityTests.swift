// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@Suite struct AuthorityTests {
    @Test(
        arguments: [
            ("localhost", "localhost", nil), ("localhost:80", "localhost", 80), ("localhost:", "localhost", nil),
            ("127.0.0.1:0", "127.0.0.1", 0), ("[::1]", "::1", nil), ("[::1]:65535", "::1", 65535),
            ("[::1]:", "::1", nil),
            ("[fe80::1%25eth0]:80", "fe80::1%25eth0", 80), ("[::ffff:10.0.0.1]", "::ffff:10.0.0.1", nil),
            ("web_1.example.", "web_1.example.", nil), ("a%41", "a%41", nil),
        ] as [(String, String, UInt16?)])
    func `a host may be followed by a port`(_ text: String, _ host: String, _ port: UInt16?) {
        let authority = Authority(text)
        #expect(authority?.host == host && authority?.port == port)
        #expect(authority?.isBracketed == text.hasPrefix("["))
    }

    @Test(arguments: [
        "", ":", ":80", "[", "]", "[]", "[]:80", "[::1", "::1", "::1]:80", "[::1]x", "[::1]80", "[::1]:80x",
        "[::1]:+80",
        "[::1]]", "[[::1]]", "[::1]:80:80", "[127.0.0.1]", "[localhost]", "[v1.a]", "[::1%]]", "[::1% ]", "[g::1]",
        "localhost:x", "localhost:+80", "localhost:-1", "localhost:080", "localhost:65536", "localhost:80:80",
        "localhost: 80", "localhost:80 ", " localhost", "local host", "user@localhost", "user:x@localhost",
        "localhost/", "localhost?", "localhost#", "localhost\\", "local[host]", "a\u{0}", "b\u{FC}cher.example",
        "localhost:\u{668}\u{660}", "a,b:80,c",
    ])
    func `anything else is not an authority`(_ text: String) {
        #expect(Authority(text) == nil)
    }
}
