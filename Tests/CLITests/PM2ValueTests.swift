// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import CLI

/// Values as PM2 reads them.
struct PM2ValueTests {
    @Test(
        arguments: [
            ("", []), ("-p 1", ["-p", "1"]), ("  -p   1\t", ["-p", "1"]),
            (#"--title "a b" c"#, ["--title", "a b", "c"]),
            ("'a b'c", ["a b", "c"]), (#"--name="a b""#, [#"--name="a b""#]),
            ("--name='a b' x", ["--name='a b'", "x"]),
            (#"it's "so"#, ["it's", #""so"#]), (#"'"' "'""#, [#"""#, "'"]), (#""" '' " ""#, []),
            ("=\"a b\"", ["=\"a", "b\""]),
            ("a=b=c", ["a=b=c"]),
        ] as [(String, [String])])
    func `quotes keep an argument together`(text: String, words: [String]) {
        #expect(PM2Value.words(.string(text)) == words)
    }

    @Test func `a list of arguments is one already`() {
        #expect(PM2Value.words(["a b", 1, true, [], nil]) == ["a b", "1", "true"])
        #expect(PM2Value.words(5) == nil && PM2Value.words(true) == nil)
    }

    @Test func `a text of only quotes is read in one pass`() {
        let text = String(repeating: #"'" "#, count: 100_000)
        #expect(PM2Value.words(.string(text))?.isEmpty == false)
    }

    @Test(
        arguments: [
            (5000, 5000), ("5000", 5000), ("5s", 5000), ("1.5s", 1500), ("1m", 60_000), ("2h", 7_200_000),
            ("500ms", 500),
            (1.9, 1), (0, 0), (-1, nil), ("-5s", nil), ("s", nil), ("", nil), (".", nil), ("5 s", nil), ("5d", nil),
            ("1e3", nil), (true, nil), (["5s"], nil), ("9999999h", nil), (1e300, nil), ("٥s", nil),
        ] as [(JSONValue, Int?)])
    func `a time is a number of milliseconds, or has a unit`(value: JSONValue, milliseconds: Int?) {
        #expect(PM2Value.milliseconds(value) == milliseconds)
    }

    @Test(
        arguments: [
            (1_048_576, 1 << 20), ("1048576", 1 << 20), ("200K", 200 << 10), ("300M", 300 << 20), ("1.5G", 3 << 29),
            ("300MB", nil), ("300m", nil), ("M", nil), ("-1M", nil), ("1.5.5G", nil), (1e300, nil), (false, nil),
        ] as [(JSONValue, Int64?)])
    func `a size is a number of bytes, or has a unit`(value: JSONValue, bytes: Int64?) {
        #expect(PM2Value.bytes(value) == bytes)
    }

    @Test(
        arguments: [
            (4, .exactly(4)), ("4", .exactly(4)), ("4 please", .exactly(4)), (2.7, .exactly(2)), ("max", .all),
            (0, .all),
            ("0", .all), ("many", .all), ("", .all), (-1, .allBut(1)), ("-2", .allBut(2)),
            ("99999999999999999999", .exactly(.max)), (.integer(.min), .allBut(.max)), (1e300, .exactly(.max)),
            (true, nil),
            ([4], nil),
        ] as [(JSONValue, PM2Value.Instances?)])
    func `a number of instances may be a text, none, or less than the cores`(
        value: JSONValue, instances: PM2Value.Instances?
    ) {
        #expect(PM2Value.instances(value) == instances)
    }

    @Test(
        arguments: [
            ("a b", "a b"), (4001, "4001"), (0.5, "0.5"), (true, "true"), (nil, "null"),
            (["b": [1, "x"], "a": ["url": "http://h/p"]], #"{"a":{"url":"http://h/p"},"b":[1,"x"]}"#), ([], "[]"),
        ] as [(JSONValue, String)])
    func `a variable with parts becomes JSON`(value: JSONValue, text: String) {
        #expect(PM2Value.variable(value) == text)
    }

    @Test func `a key has one name, however it is written`() {
        let names = [
            "script": "script", "exec": "script", "cmd": "script", "interpreter": "exec_interpreter",
            "interpreterArgs": "node_args", "nodeArgs": "node_args", "maxMemoryRestart": "max_memory_restart",
            "max_memory_restart": "max_memory_restart", "user": "uid", "outFile": "out_file", "env_Prod": "env_Prod",
            "envProd": "env_prod", "X": "X", "": "",
        ]
        for (key, name) in names { #expect(PM2Key.canonical(key) == name) }
    }
}
