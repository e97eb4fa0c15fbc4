// SPDX-License-Identifier: Apache-2.0

/// What an unmodified worker of Node 20.20 wrote to its channel, byte for byte (strace of its fd 3), and what
/// each line means. The worker listened on TCP, a unix socket, UDP and with TLS, was sent a connection, gave
/// away a server and then disconnected.
enum NodeWorkerBytes {
    static let lines: [(line: String, summary: String)] = [
        (#"{"cmd":"NODE_CLUSTER","act":"online","seq":0}"#, "online"),
        (
            #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":0,"data":null,"address":null,"port":0,"addressType":4,"backlog":0,"seq":1}"#,
            "query 1 null:0:4:undefined:0 flags 0 backlog 0"
        ),
        (
            #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":0,"data":null,"address":"/tmp/core_cap/x é.sock","port":-1,"addressType":-1,"backlog":0,"seq":2}"#,
            "query 2 /tmp/core_cap/x é.sock:-1:-1:undefined:0 flags 0 backlog 0"
        ),
        (
            #"{"cmd":"NODE_CLUSTER","act":"listening","index":0,"data":null,"address":null,"port":45849,"addressType":4,"backlog":0,"seq":3}"#,
            "listening - 45849 4 -1"
        ),
        (
            #"{"cmd":"NODE_CLUSTER","act":"listening","index":0,"data":null,"address":"/tmp/core_cap/x é.sock","port":-1,"addressType":-1,"backlog":0,"seq":4}"#,
            "listening /tmp/core_cap/x é.sock -1 -1 -1"
        ),
        (
            #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":0,"data":null,"address":"127.0.0.1","port":0,"addressType":"udp4","fd":-1,"flags":0,"seq":5}"#,
            "query 5 127.0.0.1:0:udp4:-1:0 flags 0 backlog -1"
        ),
        (#"{"cmd":"NODE_HANDLE_ACK"}"#, "ack"),
        (
            #"{"cmd":"NODE_CLUSTER","act":"listening","index":0,"data":null,"address":"127.0.0.1","port":38889,"addressType":"udp4","fd":-1,"flags":0,"seq":6}"#,
            "listening 127.0.0.1 38889 udp4 -1"
        ),
        (
            #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":0,"data":null,"address":"::","port":0,"addressType":"udp6","fd":-1,"flags":5,"seq":7}"#,
            "query 7 :::0:udp6:-1:0 flags 5 backlog -1"
        ),
        (
            #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":0,"data":null,"address":"::1","port":0,"addressType":6,"flags":1,"backlog":10,"seq":9}"#,
            "query 9 ::1:0:6:undefined:0 flags 1 backlog 10"
        ),
        (
            #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":0,"data":{"ticketKeys":"bf8bb8a639f74bf16a5c61250b87c808ac3a7d0fb38068c85e3af4fad1d8e9f63ca7b60d466e48efef7ebc57c63cb2bc"},"address":"127.0.0.1","port":0,"addressType":4,"flags":0,"backlog":0,"seq":11}"#,
            "query 11 127.0.0.1:0:4:undefined:0 flags 0 backlog 0 data"
        ),
        ("{\"hello\":\"wörld\u{2028}\",\"cmd\":\"NODE_\"}", "message {\"hello\":\"wörld\u{2028}\",\"cmd\":\"NODE_\"}"),
        (#""a string""#, #"message "a string""#),
        (#"{"cmd":"NODE_CLUSTER","act":"close","key":"null:0:4:undefined:0","seq":12}"#, "close null:0:4:undefined:0"),
        (
            #"{"cmd":"NODE_HANDLE","type":"net.Server","msg":{"with":"server"}}"#,
            #"net.Server: message {"with":"server"}"#
        ),
        (#"{"cmd":"NODE_CLUSTER","ack":6,"accepted":true,"seq":14}"#, "answer 6 true"),
        (#"{"cmd":"NODE_CLUSTER","ack":7,"accepted":false,"seq":15}"#, "answer 7 false"),
        (#"{"cmd":"NODE_HANDLE_NACK"}"#, "nack"),
        (#"{"cmd":"NODE_CLUSTER","act":"close","key":":::0:udp6:-1:0","seq":17}"#, "close :::0:udp6:-1:0"),
        (#"{"cmd":"NODE_CLUSTER","act":"exitedAfterDisconnect","seq":20}"#, "exitedAfterDisconnect 20"),
    ]

    /// All of them as one stream.
    static var stream: [UInt8] { lines.flatMap { Array($0.line.utf8) + [0x0A] } }
    static var summaries: [String] { lines.map(\.summary) }
}
