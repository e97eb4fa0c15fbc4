// SPDX-License-Identifier: Apache-2.0

import Hummingbird

/// Bodies as the contract has them.
enum Sample {
    static func worker(_ id: Int, state: String = "listening") -> String {
        """
        {"id": \(id), "pid": \(4000 + id), "state": "\(state)", "connected": true, "dead": false, \
        "exitedAfterDisconnect": null, "exitCode": null, "signal": null, "exec": "/srv/app/server.js", "args": ["-v"], \
        "settingsRevision": 3, "listening": [{"address": "0.0.0.0", "port": 8000, "addressType": 4, "fd": null}], \
        "forkedAt": "2026-11-22T15:51:44.272Z", "onlineAt": null, "listeningAt": null, "disconnectedAt": null, \
        "exitedAt": "2026-11-22T17:56:45.000Z", "somethingNew": 12345678901234567890}
        """
    }

    /// One that somebody has ended.
    static let deadWorker = worker(3, state: "dead").replacing(
        #""signal": null"#,
        with: """
            "signal": "SIGKILL", "exit": {"reason": "signaled", "code": null, "signal": "SIGKILL", "uptimeMs": 7500000, \
            "maxRssBytes": 52428800, "userMs": 1234, "systemMs": 56, "stderr": "a warning\\n\\u001b[31mthe end\\n", \
            "requestId": "deploy-42", "principal": "token:ops"}
            """)

    static func workers(_ ids: Int...) -> String {
        #"{"workers": [\#(ids.map { worker($0) }.joined(separator: ", "))], "nextPageToken": ""}"#
    }

    static func event(_ seq: Int, time: String = "2026-11-22T15:51:44.272Z", type: String = "online") -> String {
        #"{"seq":\#(seq),"time":"\#(time)","type":"\#(type)","workerId":1,"pid":42,"requestId":null,"data":{}}"#
    }

    static func events(_ events: [String], next: String = "") -> String {
        #"{"events":[\#(events.joined(separator: ","))],"nextPageToken":"\#(next)"}"#
    }

    static let settings = """
        {"exec": "/srv/app/server.js", "args": ["a b"], "execArgv": [], "execPath": null, "cwd": null, \
        "serialization": "json", "silent": false, "stdio": null, "uid": null, "gid": null, "inspectPort": null, \
        "windowsHide": false, "schedulingPolicy": "rr", "revision": 3, "etag": "\\"3\\""}
        """

    static func version(_ version: String = "0.1.0", startedAt: String = "2026-11-22T15:51:44.272Z") -> String {
        """
        {"version": "\(version)", "apiVersion": "v1", "swift": "6.3", "pid": 7, \
        "startedAt": "\(startedAt)", "hostname": "web-1", "agentId": "x"}
        """
    }

    static let cluster = """
        {"isPrimary": true, "schedulingPolicy": "rr", "settings": \(settings), "workers": {"total": 3, "none": 0, \
        "online": 1, "listening": 2, "leaving": 0, "disconnected": 0, "dead": 0}, "handles": [{"key": "k", "address": null, \
        "port": 8000, "addressType": 4, "policy": "rr", "workers": [1, 2], "pendingConnections": 0}]}
        """

    /// An agent with two workers that does what it is told.
    static func agent(_ call: FakeAgent.Call) throws -> Response {
        switch call.line {
        case "GET /v1/version": .json(version())
        case "GET /v1/cluster": .json(cluster)
        case "GET /v1/cluster/settings", "POST /v1/cluster:setupPrimary": .json(settings)
        case "GET /v1/workers", "POST /v1/cluster:disconnect": .json(workers(1, 2))
        case "POST /v1/workers:fork": .json(workers(3, 4), status: .created)
        case "GET /v1/workers/3": .json(deadWorker)
        case "GET /v1/workers/1", "POST /v1/workers/1:kill", "POST /v1/workers/1:disconnect": .json(worker(1))
        case "POST /v1/workers/2:kill", "POST /v1/workers/2:disconnect": .json(worker(2))
        case "POST /v1/workers/1:send": .json(#"{"accepted": true, "queuedBytes": 12}"#)
        case "GET /v1/events": .json(events([event(1), event(2)]))
        default:
            .error(404, "NOT_FOUND", "WORKER_NOT_FOUND", "worker 9 does not exist")
        }
    }
}
