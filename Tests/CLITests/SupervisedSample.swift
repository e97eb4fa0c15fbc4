// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import Synchronization

/// Bodies of an agent that keeps workers running, as the contract has them.
enum SupervisedSample {
    static let operationID = "4f1c09a27b"

    static func failure(
        _ instance: Int = 1, worker: Int = 9, reason: String = "exited", code: String = "1", signal: String = "null",
        at: String = "2026-11-22T15:51:44.272Z", nextTryAt: String = "null"
    ) -> String {
        #"{"instance": \#(instance), "workerId": \#(worker), "reason": "\#(reason)", "code": \#(code), "signal": \#(signal), "#
            + #""stderr": "/srv/app/server.js:3\nlet let = 1\n\nSyntaxError: let is disallowed\n\u001b[31mthe end\n", "#
            + #""message": null, "at": "\#(at)", "nextTryAt": \#(nextTryAt)}"#
    }

    /// - Parameter steps: of the instances from 0 on, a state and a worker.
    static func operation(
        kind: String = "reload", phase: String = "done", verdict: String? = "succeeded",
        steps: [(state: String, worker: Int?)] = [("replaced", 8), ("replaced", 9)], failure: String = "null",
        startedAt: String = "2026-11-22T15:51:44.272Z", endedAt: String = "2026-11-22T15:51:48.503Z"
    ) -> String {
        let replaced = steps.filter { $0.state == "replaced" }.count
        let instances = steps.enumerated().map { number, step in
            #"{"instance": \#(number), "state": "\#(step.state)", "workerId": \#(step.worker.map(String.init) ?? "null")}"#
        }
        let end = verdict.map { #""verdict": "\#($0)", "endedAt": "\#(endedAt)", "done": true"# }
        return #"{"name": "operations/\#(operationID)", "kind": "\#(kind)", "phase": "\#(phase)", "#
            + #""startedAt": "\#(startedAt)", "principal": "uid:1000", "requestId": "r1", "#
            + #""progress": {"total": \#(steps.count), "replaced": \#(replaced), "#
            + #""instances": [\#(instances.joined(separator: ", "))]}, "#
            + #""unsupervised": \#(kind == "reload" ? "1" : "null"), "failure": \#(failure), "#
            + (end ?? #""verdict": null, "endedAt": null, "done": false"#) + "}"
    }

    /// A reload from its begin to a verdict: what its begin and each wait are answered.
    static let goodReload = [
        operation(phase: "rolling", verdict: nil, steps: [("underWay", nil), ("waiting", nil)]),
        operation(phase: "rolling", verdict: nil, steps: [("replaced", 8), ("underWay", 9)]),
        operation(phase: "draining", verdict: nil),
        operation(),
    ]

    static let abortedReload = [
        goodReload[0], goodReload[1],
        operation(verdict: "aborted", steps: [("replaced", 8), ("failed", 9)], failure: failure()),
    ]

    static let policy = """
        {"restart": "always", "readyTimeoutMs": 30000, "minReadyMs": 1000, "backoffMs": 100, "backoffMaxMs": 30000, \
        "intensity": 0, "periodMs": 60000, "whenGivenUp": "stay", "heartbeatMs": 5000, "unresponsiveMs": 15000, \
        "unresponsive": "report", "maxMemoryBytes": 536870912, "maxAgeMs": null, "drainTimeoutMs": 30000, \
        "killTimeoutMs": 0, "somethingNew": [1], "etag": "\\"9c2e\\""}
        """

    static func cluster(phase: String = "degraded", at: String) -> String {
        let status = #""phase": "\#(phase)", "desired": 3, "ready": 1, "lastFailure": \#(failure(at: at))"#
        return Sample.cluster.replacing(#"{"isPrimary": true, "#, with: #"{"isPrimary": true, \#(status), "#)
    }

    static func worker(_ id: Int, instance: Int, isReady: Bool = true, responsive: String = "true") -> String {
        Sample.worker(id).replacing(
            #""pid""#,
            with:
                #""supervised": true, "instance": \#(instance), "ready": \#(isReady), "responsive": \#(responsive), "pid""#
        )
    }

    static func instances(at: String, next: String) -> String {
        let lost = failure(at: at, nextTryAt: #""\#(next)""#)
        return #"{"instances": [{"instance": 0, "state": "ready", "workerId": 8, "restarts": 2, "failuresInARow": 0, "#
            + #""nextTryAt": null, "lastFailure": null}, "#
            + #"{"instance": 1, "state": "backingOff", "workerId": null, "restarts": 7, "failuresInARow": 5, "#
            + #""nextTryAt": "\#(next)", "lastFailure": \#(lost)}, "#
            + #"{"instance": 2, "state": "gaveUp", "workerId": null, "restarts": 3, "failuresInARow": 6, "#
            + #""nextTryAt": null, "lastFailure": null}]}"#
    }

    static func event(_ seq: Int, _ type: String, worker: Int?, at: String, _ data: String) -> String {
        #"{"seq":\#(seq),"time":"\#(at)","type":"\#(type)","workerId":\#(worker.map(String.init) ?? "null"),"#
            + #""pid":null,"requestId":null,"data":\#(data)}"#
    }

    /// One of each of the supervisor's events, oldest first.
    static func events(at time: String) -> [String] {
        let ended = operation(verdict: "aborted", steps: [("replaced", 8), ("failed", 9)], failure: failure())
        return [
            event(1, "scale", worker: nil, at: time, #"{"from":2,"to":3,"because":"scale","principal":"uid:0"}"#),
            event(2, "scale", worker: nil, at: time, #"{"from":3,"to":2,"because":"policy"}"#),
            event(3, "ready", worker: 7, at: time, #"{"instance":0,"afterMs":312}"#),
            event(4, "unresponsive", worker: 7, at: time, #"{"instance":0,"forMs":15000}"#),
            event(5, "responsive", worker: 7, at: time, #"{"instance":0,"afterMs":17250}"#),
            event(
                6, "limit", worker: 7, at: time,
                #"{"instance":0,"limit":"memory","bytes":629145600,"maxBytes":536870912}"#),
            event(
                7, "limit", worker: 7, at: time, #"{"instance":0,"limit":"age","ageMs":43200000,"maxAgeMs":43200000}"#),
            event(
                8, "exit", worker: 9, at: time,
                #"{"reason":"exited","code":1,"uptimeMs":231,"stderr":"Error: no database\n"}"#),
            event(9, "restart", worker: 9, at: time, #"{"instance":1,"attempt":5,"delayMs":1700,"because":"failure"}"#),
            event(
                10, "restart", worker: 5, at: time,
                #"{"instance":0,"attempt":0,"delayMs":0,"because":"reload","principal":"uid:0"}"#),
            event(
                11, "gaveUp", worker: 6, at: time, #"{"instance":2,"failures":6,"periodMs":60000,"because":"notReady"}"#
            ),
            event(12, "resolved", worker: nil, at: time, #"{"instance":2,"exec":"/srv/app/v42/server.js"}"#),
            event(
                13, "operation", worker: nil, at: time,
                #"{"step":"began","principal":"uid:0","# + goodReload[0].dropFirst()),
            event(
                14, "operation", worker: 8, at: time,
                #"{"step":"progressed","name":"operations/\#(operationID)","progress":{"total":4,"replaced":2,"#
                    + #""instances":[{"instance":1,"state":"replaced","workerId":8}]}}"#),
            event(15, "operation", worker: nil, at: time, #"{"step":"ended","# + ended.dropFirst()),
            event(16, "leaving", worker: 5, at: time, #"{"reason":"supervision","deadline":"\#(time)"}"#),
        ]
    }

    /// An agent whose operations go through these states: the first is the answer to their begin, and each wait is
    /// answered by the next.
    static func agent(
        _ states: [String] = goodReload, startedAt: String = "2026-11-22T15:51:44.272Z",
        nextTryAt: String = "2126-11-22T15:51:44.272Z"
    ) -> @Sendable (FakeAgent.Call) async throws -> Response {
        let script = Mutex(states[...])
        return { call in
            let kind = call.path.contains(":restart") ? "restart" : call.path.hasSuffix(":scale") ? "scale" : "reload"
            switch call.line {
            case "POST /v1/cluster:reload", "POST /v1/cluster:scale", "POST /v1/workers/7:restart",
                "POST /v1/workers/8:restart":
                script.withLock { $0 = states[...] }
                return .json((states.first ?? "").replacing(#""kind": "reload""#, with: #""kind": "\#(kind)""#))
            case "POST /v1/operations/\(operationID):wait":
                return .json(
                    script.withLock { left in
                        if left.count > 1 { left.removeFirst() }
                        return left.first ?? ""
                    })
            case "GET /v1/operations/\(operationID)": return .json(states.last ?? "")
            case "POST /v1/operations/\(operationID):cancel":
                return .json(operation(verdict: "cancelled", steps: [("replaced", 8), ("waiting", nil)]))
            case "GET /v1/operations":
                let running = operation(phase: "rolling", verdict: nil, steps: [("underWay", 9)], startedAt: startedAt)
                return .json(#"{"operations": [\#(running), \#(states.last ?? "")]}"#)
            case "GET /v1/instances": return .json(instances(at: startedAt, next: nextTryAt))
            case "GET /v1/cluster": return .json(cluster(at: startedAt))
            case "GET /v1/cluster/supervision", "POST /v1/cluster:supervise": return .json(policy)
            case "GET /v1/version": return .json(Sample.version(startedAt: startedAt))
            case "GET /v1/workers/7": return .json(worker(7, instance: 0))
            case "GET /v1/workers":
                let workers = [
                    worker(7, instance: 0), worker(8, instance: 1, isReady: false, responsive: "null"),
                    worker(9, instance: 2, responsive: "false"), Sample.worker(10),
                ]
                return .json(#"{"workers": [\#(workers.joined(separator: ", "))], "nextPageToken": ""}"#)
            case "GET /v1/events":
                let all = events(at: startedAt)
                return .json(Sample.events(call.query["order"] == "desc" ? all.reversed() : all))
            default: return try Sample.agent(call)
            }
        }
    }
}
