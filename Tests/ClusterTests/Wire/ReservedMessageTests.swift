// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// Whether a program may send a message: as Node's isInternal says of it once it has arrived.
@Suite struct ReservedMessageTests {
    static let reserved = [
        #"{"cmd":"NODE_CLUSTER","act":"disconnect"}"#, #"{"cmd":"NODE_HANDLE","type":"net.Native","msg":1}"#,
        #"{"cmd":"NODE_HANDLE_NACK"}"#, #"{"cmd":"NODE_x"}"#, #"{"cmd":"NODE_日"}"#,
        #" { "a" : {"cmd":1} , "cmd" : "NODE_CLUSTER" } "#, "{\n\t\"cmd\":\r\n\"NODE_X\"\n}",
        #"{"cmd":"\u004eODE_CLUSTER"}"#, #"{"cmd":"NODE\u005FCLUSTER"}"#, #"{"cmd":"NODE_\ud800"}"#,
        #"{"\u0063md":"NODE_X"}"#, #"{"c\u006Dd":"NOD\u0045_X"}"#, #"{"cmd":1,"cmd":"NODE_X"}"#,
        #"{"cmd":"a","\u0063\u006d\u0064":"NODE_X"}"#,
    ]
    private static let free = [
        "null", #""NODE_CLUSTER""#, #"["NODE_X"]"#, #"[{"cmd":"NODE_X"}]"#, "{}", #"{"cmd":"NODE_"}"#,
        #"{"cmd":"node_x"}"#, #"{"cmd":" NODE_X"}"#, #"{"cmd":["NODE_X"]}"#, #"{"cmd":{"cmd":"NODE_X"}}"#,
        #"{"a":{"cmd":"NODE_X"}}"#, #"{"Cmd":"NODE_X"}"#, #"{"cmd ":"NODE_X"}"#, #"{"cmd":"\\u004eODE_X"}"#,
        // The last of equal keys counts.
        #"{"cmd":"NODE_X","cmd":"a"}"#, #"{"cmd":"NODE_X","\u0063md":null}"#,
    ]

    @Test(arguments: reserved)
    func `a message that Node takes for its own is refused`(_ text: String) {
        let error = #expect(throws: ClusterError.self) { try MessageText.check(Array(text.utf8)) }
        #expect(error?.status == .invalidArgument && error?.reason == .reservedMessage)
    }

    @Test(arguments: free)
    func `any other message is the program's`(_ text: String) throws {
        try MessageText.check(Array(text.utf8))
        _ = try AdvancedWriter().encodeMessage(json: Array(text.utf8), handle: nil)
    }

    /// These are plain JSON, and their cmd is not at the top.
    @Test(arguments: [
        #"{"$type":"Object","value":{"cmd":"NODE_X"}}"#,
        #"{"$type":"Array","elements":[1],"properties":{"cmd":"NODE_X"}}"#,
        #"{"$type":"Object","id":1,"value":{"a":1,"cmd":"\u004eODE_X"}}"#,
    ])
    func `a cmd that only the other serialization can hold is refused too`(_ text: String) throws {
        let json = Array(text.utf8)
        try MessageText.check(json)
        let error = #expect(throws: ClusterError.self) {
            try AdvancedWriter().encodeMessage(json: json, handle: nil)
        }
        #expect(error?.reason == .reservedMessage)
    }

    @Test func `a Swift value is checked as well`() {
        let error = #expect(throws: ClusterError.self) { try MessageText.json(["cmd": "NODE_CLUSTER"]) }
        #expect(error?.reason == .reservedMessage)
    }

    @Test(arguments: ["", " ", "{", #"{"cmd":"NODE_X""#, #"{"cmd":"NODE_X"} 1"#])
    func `a text that is not a value is malformed`(_ text: String) {
        let error = #expect(throws: ClusterError.self) { try MessageText.check(Array(text.utf8)) }
        #expect(error?.reason == .malformedJSON)
    }
}
