// SPDX-License-Identifier: Apache-2.0

import History
import Hummingbird
import Logging
import Metrics
import Shared
import Testing

@testable import Agent

/// What monitoring reads.
@Suite(.timeLimit(.minutes(1)))
struct MetricsTests {
    /// Lines that are no comments, by what stands before the value.
    private static func samples(_ text: String) throws -> [String: Double] {
        var samples: [String: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let space = try #require(line.lastIndex(of: " "))
            let value = try #require(Double(line[line.index(after: space)...]), "\(line)")
            #expect(samples.updateValue(value, forKey: String(line[..<space])) == nil, "twice: \(line)")
        }
        return samples
    }

    @Test func `the metrics show the present state`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.post("/v1/workers:fork", #"{"count":3}"#)
            _ = try await agent.post("/v1/workers/3:kill", #"{"signal":"SIGKILL"}"#)
            let reply = try await agent.get("/metrics")
            #expect(reply.status == 200 && reply.headers[.contentType] == MetricText.mediaType)
            let samples = try Self.samples(reply.body)
            #expect(samples["cluster_workers{state=\"none\"}"] == 2)
            #expect(samples["cluster_forks_total"] == 3)
            #expect(samples["cluster_worker_exits_total{reason=\"exited\"}"] == 1)
            #expect(samples["cluster_handovers_total{outcome=\"taken\"}"] == 3)
            #expect(samples["cluster_handovers_total{outcome=\"declined\"}"] == 0)
            #expect(samples["cluster_handover_duration_seconds_bucket{le=\"0.0001\"}"] == 1)
            #expect(samples["cluster_handover_duration_seconds_bucket{le=\"5e-05\"}"] == 0)
            #expect(samples["cluster_handover_duration_seconds_bucket{le=\"+Inf\"}"] == 1)
            #expect(samples["cluster_worker_ipc_queue_bytes{instance=\"none\"}"] == 14)
            #expect(samples["cluster_history_ready"] == 1 && samples["cluster_history_lost_events_total"] == 0)
            #expect((samples["cluster_history_events_total"] ?? 0) >= 5)
            #expect(samples["cluster_watchers"] == 0)
            #expect((samples["process_resident_memory_bytes"] ?? 0) > 1_000_000)
            #expect((samples["process_open_fds"] ?? 0) > 2 && (samples["process_cpu_seconds_total"] ?? 0) > 0)
        }
    }

    @Test func `requests are counted by operation and status`() async throws {
        try await AgentFixture.with { agent in
            for _ in 0..<3 { _ = try await agent.get("/v1/workers") }
            for id in 1...5 { _ = try await agent.get("/v1/workers/\(id)") }
            for number in 0..<5 { _ = try await agent.get("/nothing/\(number)") }
            let samples = try Self.samples(try await agent.get("/metrics").body)
            let count = "cluster_api_request_duration_seconds_count"
            #expect(samples["\(count){operation=\"ListWorkers\",status=\"200\"}"] == 3)
            #expect(samples["\(count){operation=\"GetWorker\",status=\"404\"}"] == 5)
            #expect(samples["\(count){operation=\"none\",status=\"404\"}"] == 5)
        }
    }

    @Test func `exits are counted by the history's reasons`() async throws {
        try await AgentFixture.with { agent in
            let ids = try await agent.fork(2)
            let before = try Self.samples(try await agent.get("/metrics").body)
            for reason in ExitReport.Reason.allCases {
                #expect(before["cluster_worker_exits_total{reason=\"\(reason.rawValue)\"}"] == 0)
            }
            for id in ids { await agent.primary.didExit(id, reason: .agentStopped) }
            await agent.assembly.recorder.settle(through: await agent.primary.lastEventNumber)
            let after = try Self.samples(try await agent.get("/metrics").body)
            #expect(after["cluster_worker_exits_total{reason=\"agentStopped\"}"] == 2)
            #expect(after["cluster_worker_exits_total{reason=\"exited\"}"] == 0)
        }
    }

    @Test func `each family is explained before its samples`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork()
            let text = try await agent.get("/metrics").body
            for metric in AgentMetric.allCases where text.contains("\n\(metric.rawValue)") {
                #expect(text.contains("# HELP \(metric.rawValue) ") && text.contains("# TYPE \(metric.rawValue) "))
            }
            #expect(!text.contains("\n\n") && text.hasSuffix("\n"))
        }
    }

    @Test func `the number of series is bounded`() async throws {
        try await AgentFixture.with { agent in
            for number in 0..<1500 { _ = try await agent.primary.forkOne(instance: number, requestID: nil) }
            let text = try await agent.get("/metrics").body
            #expect(text.split(separator: "\n").count { $0.hasPrefix("cluster_worker_ipc_queue_bytes{") } == 1000)
        }
    }

    @Test func `the metrics need a token`() async throws {
        try await AgentFixture.with { agent in
            let status = try await agent.anonymous(.get, "/metrics").status
            #expect(status == 401)
        }
    }

    @Test func `a label's value is escaped`() {
        let sample = MetricSample(labels: [("version", "a\"b\\c\nd")], value: 0.5)
        let text = MetricText.render([MetricFamily(.info, [sample])])
        #expect(text.hasSuffix(#"cluster_agent_info{version="a\"b\\c\nd"} 0.5"# + "\n"))
    }

    @Test func `unknown metrics are ignored`() {
        let registry = MetricRegistry()
        Counter(label: "of_somebody_else", factory: registry).increment()
        Gauge(label: "cluster_workers", factory: registry).record(3)
        #expect(registry.samples.isEmpty)
    }
}
