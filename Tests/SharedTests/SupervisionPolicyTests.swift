// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import Testing

@Suite struct SupervisionPolicyTests {
    private func merged(_ patch: String) throws -> SupervisionPolicy {
        var policy = SupervisionPolicy()
        policy.maxMemoryBytes = 1 << 30
        policy.backoffMs = 500
        return try policy.merging(JSONDecoder().decode(SupervisionPatch.self, from: Data(patch.utf8)))
    }

    @Test func `the defaults are those of the contract`() throws {
        let json = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(SupervisionPolicy()))
        let contract: JSONValue = [
            "restart": "always", "readyTimeoutMs": 30_000, "minReadyMs": 1000, "backoffMs": 100, "backoffMaxMs": 30_000,
            "intensity": 0, "periodMs": 60_000, "whenGivenUp": "stay", "heartbeatMs": 5000, "unresponsiveMs": 15_000,
            "unresponsive": "report", "maxMemoryBytes": nil, "maxAgeMs": nil, "drainTimeoutMs": 30_000,
            "killTimeoutMs": 5000,
        ]
        #expect(json == contract)
        #expect(throws: Never.self) { try SupervisionPolicy().validate() }
    }

    @Test func `a rule that is not named keeps its value, and null takes it back to its default`() throws {
        let policy = try merged(#"{"restart": "onFailure", "backoffMs": null, "maxAgeMs": 5000}"#)
        #expect(policy.restart == .onFailure && policy.backoffMs == 100 && policy.maxAgeMs == 5000)
        #expect(policy.maxMemoryBytes == 1 << 30)
        #expect(try merged(#"{"maxMemoryBytes": null}"#).maxMemoryBytes == nil)
    }

    @Test func `a patch is read as it was written`() throws {
        var patch = SupervisionPatch()
        patch.maxAgeMs = .reset
        patch.unresponsive = .set(.restart)
        patch.etag = "\"a-1\""
        #expect(try JSONDecoder().decode(SupervisionPatch.self, from: JSONEncoder().encode(patch)) == patch)
    }

    @Test(arguments: [
        ("readyTimeoutMs", "-1"), ("minReadyMs", "-1"), ("backoffMs", "0"), ("backoffMaxMs", "499"),
        ("intensity", "1001"),
        ("periodMs", "0"), ("heartbeatMs", "-5"), ("unresponsiveMs", "-1"), ("unresponsiveMs", "99"),
        ("maxMemoryBytes", "0"), ("maxMemoryBytes", "512"),
        ("maxAgeMs", "999"),
        ("drainTimeoutMs", "31622400001"), ("killTimeoutMs", "-1"),
    ])
    func `a number out of range is refused by name`(_ field: String, _ value: String) {
        let error = #expect(throws: ClusterError.self) {
            try merged(#"{"\#(field)": \#(value)}"#)
        }
        #expect(error?.reason == .invalidField && error?.metadata["field"] == field)
        #expect(error?.message.hasPrefix(field) == true)
    }

    @Test(arguments: [
        ("1", RolloutShare.count(1)), (#""25%""#, .percent(25)), (#""0%""#, .percent(0)), ("0", .count(0)),
    ])
    func `a share is a number or a percentage`(_ json: String, _ share: RolloutShare) throws {
        #expect(try JSONDecoder().decode(RolloutShare.self, from: Data(json.utf8)) == share)
        #expect(try String(decoding: JSONEncoder().encode(share), as: UTF8.self) == json)
    }

    @Test(arguments: ["-1", #""101%""#, #""25""#, #""25 %""#, #""%""#, "1.5", "true", "null", #""+1%""#])
    func `anything else is not a share`(_ json: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(RolloutShare.self, from: Data(json.utf8)) }
    }

    @Test func `an operation is read as it was written`() throws {
        var info = OperationInfo(
            id: OperationID(rawValue: "a1"), kind: .reload, phase: .rolling, startedAt: Timestamp(milliseconds: 5),
            requestId: "r",
            progress: OperationProgress(total: 1, replaced: 0, instances: [.init(instance: 0, state: .failed)]))
        info.verdict = .aborted
        info.failure = WorkerFailure(instance: 0, reason: .spawnFailed, message: "no", at: Timestamp(milliseconds: 6))
        let json = try JSONEncoder().encode(info)
        #expect(try JSONDecoder().decode(OperationInfo.self, from: json) == info)
        let fields = try JSONDecoder().decode(JSONValue.self, from: json)
        #expect(fields["name"] == "operations/a1" && fields["done"] == true && fields["endedAt"] == .null)
        // It stands in commands that people paste.
        for name in [
            "operations/", "operations/a b", "operations/;touch x", "operations/\\u009b2J", "a1", "operations/A",
        ] {
            let hostile = String(decoding: json, as: UTF8.self).replacing("operations\\/a1", with: name)
            #expect(hostile.contains(name))
            #expect(throws: DecodingError.self, "\(name)") {
                try JSONDecoder().decode(OperationInfo.self, from: Data(hostile.utf8))
            }
        }
    }
}
