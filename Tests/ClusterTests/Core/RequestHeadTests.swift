// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Cluster

/// Which client a request is of, by a field of its head.
struct RequestHeadTests {
    private func find(_ name: String, in text: String) -> RequestHead.Finding {
        Array(text.utf8).withUnsafeBytes { RequestHead(field: name).find(in: $0) }
    }

    private func value(_ text: String) -> RequestHead.Finding {
        find("x-id", in: "GET / HTTP/1.1\r\nx-id:\(text)\r\n")
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nX-ID: a\r\n", "GET / HTTP/1.1\nHost: h\nx-id:a\n\n",
        "\r\nPOST /x HTTP/1.1\r\nx-Id: \t a \t\r\n",
        "GET / HTTP/1.1\r\nX-ID: a\r\nX-ID: b\r\n\r\n",
    ]) func `a field is found in any case, and the first of several counts`(text: String) {
        #expect(find("X-Id", in: text) == value("a") && value("a") != value("b"))
    }

    @Test(arguments: [
        "", "\r\n", "GET", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: h\r\nX-ID: a",
        "GET / HTTP/1.1\r\nHost: h\r\n",
    ]) func `what has not come yet is awaited`(text: String) {
        #expect(find("X-ID", in: text) == .incomplete)
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n\r\nX-ID: a\r\n", "GET X-ID: a\r\n\r\n", "PING\r\n", "EHLO h\r\n", "GET /\r\n",
        "PRI * HTTP/2.0\r\n", "\u{16}\u{3}\u{1}",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET / HTTP/1.1\r\nX-ID:\r\n\r\n", "GET / HTTP/1.1\r\nX-ID-2: a\r\nX-ID : a\r\n\r\n", "{}",
    ]) func `without the field nothing is awaited`(text: String) {
        #expect(find("X-ID", in: text) == .absent)
    }

    @Test func `of the addresses that proxies add, the first counts`() {
        func find(_ value: String) -> RequestHead.Finding {
            self.find("X-Forwarded-For", in: "GET / HTTP/1.1\r\nX-Forwarded-For: \(value)\r\n")
        }
        #expect(find("192.0.2.1, 10.0.0.1") == find("192.0.2.1") && find("192.0.2.1") != find("10.0.0.1"))
        #expect(value("a,b") != value("a"))
        // The port changes with each connection.
        #expect(find("192.0.2.1:5555") == find("192.0.2.1") && find(" 192.0.2.1:1 , 10.0.0.1") == find("192.0.2.1"))
        #expect(find("[2001:db8::1]:5555") == find("2001:db8::1") && find("[2001:db8::1]") == find("2001:db8::1"))
        #expect(find("2001:db8::1") != find("2001:db8::2") && find("[") != .absent && find(":1") == .incomplete)
        #expect(value("a:1") != value("a:2"))
    }

    @Test func `any beginning of any bytes is read without a trap`() {
        var bytes: [UInt8] = (0..<512).map { UInt8(truncatingIfNeeded: $0 &* 73 ^ $0 >> 3) }
        bytes += Array("GET / HTTP/1.1\r\nX-ID: a\r\n\r\n".utf8)
        for start in bytes.indices {
            for length in [0, 1, 5, 30, 200] {
                let slice = Array(bytes[start..<min(bytes.count, start + length)])
                slice.withUnsafeBytes { _ = RequestHead(field: "X-ID").find(in: $0) }
            }
        }
    }
}
