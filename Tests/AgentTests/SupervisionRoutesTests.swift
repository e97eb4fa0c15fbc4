// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import History
import Shared
import Supervision
import Testing

@testable import Agent

/// Scaling, restarting, reloading, and what is shown of it.
@Suite(.timeLimit(.minutes(1)))
struct SupervisionRoutesTests {
    @Test func `a scale goes up and down`() async throws {
        try await AgentFixture.with { agent in
            let up = try await agent.post("/v1/cluster:scale", #"{"workers":3}"#)
            #expect(up.status == 200)
            let operation = try await agent.post("/v1/operations/\(up.decode(OperationInfo.self).id):wait")
                .decode(OperationInfo.self)
            #expect(operation.kind == .scale && operation.verdict == .succeeded && operation.done)
            #expect(operation.principal == "token:admin" && operation.unsupervised == nil)
            #expect(await agent.primary.workers.map(\.instance) == [0, 1, 2])
            try await agent.scale(to: 1)
            #expect(await agent.primary.workers.map(\.instance) == [0])
        }
    }

    @Test func `a cluster shows how many workers are wanted and ready`() async throws {
        try await AgentFixture.withSlowWorkers { agent in
            try await agent.scale(to: 2)
            await agent.supervisor.didListen(.first)
            let reply = try await agent.get("/v1/cluster")
            let status = try reply.decode(ClusterReply.self).supervision
            #expect(status?.desired == 2 && status?.ready == 1 && status?.phase == .progressing)
            #expect(status?.lastFailure == nil && reply.body.contains(#""lastFailure":null"#))
            await agent.supervisor.didCrash(.first.next, code: 3, stderr: "Error: no database")
            let failed = try await agent.get("/v1/cluster").decode(ClusterReply.self).supervision
            #expect(failed?.phase == .degraded && failed?.lastFailure?.code == 3)
            #expect(failed?.lastFailure?.stderr == "Error: no database" && failed?.lastFailure?.nextTryAt != nil)
        }
    }

    @Test func `a worker shows its instance and whether it is ready`() async throws {
        try await AgentFixture.withSlowWorkers { agent in
            _ = try await agent.fork()
            try await agent.scale(to: 1)
            let (forked, kept) = (
                try await agent.get("/v1/workers/1").decode(WorkerInfo.self),
                try await agent.get("/v1/workers/2").decode(WorkerInfo.self)
            )
            #expect(!forked.supervised && forked.instance == nil && forked.ready == nil)
            #expect(kept.supervised && kept.instance == 0 && kept.ready == false)
            await agent.supervisor.didListen(kept.id)
            let list = try await agent.get("/v1/workers").decode(WorkersReply.self).workers
            #expect(list.map(\.ready) == [nil, true])
            // The history knows the instance of one that is gone, too.
            try await agent.scale(to: 0)
            let gone = try await agent.get("/v1/workers/2").decode(WorkerInfo.self)
            #expect(gone.dead && gone.instance == 0 && gone.ready == false)
        }
    }

    @Test func `an instance outlives its worker`() async throws {
        try await AgentFixture.with { agent in
            try await agent.scale(to: 2)
            await agent.supervisor.didCrash(.first.next)
            let instances = try await agent.get("/v1/instances").decode(InstancesReply.self).instances
            #expect(instances.map(\.instance) == [0, 1])
            #expect(instances[0].state == .ready && instances[0].workerId == .first)
            #expect(instances[1].state == .backingOff && instances[1].workerId == nil)
            #expect(instances[1].failuresInARow == 1 && instances[1].nextTryAt != nil)
        }
    }

    @Test func `one operation runs at a time unless forced`() async throws {
        try await AgentFixture.withSlowWorkers { agent in
            let first = try await agent.scale(to: 1)
            let refused = try await agent.post("/v1/cluster:reload")
            #expect(refused.status == 409 && refused.reason == .operationUnderWay)
            #expect(refused.metadata["operation"] == "\(first)" && refused.metadata["kind"] == "scale")
            let forced = try await agent.post("/v1/cluster:scale", #"{"workers":2,"force":true}"#)
            #expect(forced.status == 200)
            let operations = try await agent.get("/v1/operations").decode(OperationsReply.self).operations
            #expect(operations.map(\.verdict) == [nil, .cancelled])
            #expect(operations.last?.id == first)
        }
    }

    @Test func `the refusal of a second operation is not kept for its key`() async throws {
        try await AgentFixture.withSlowWorkers { agent in
            let first = try await agent.scale(to: 1)
            let key = [.idempotencyKey: "k"] as HTTPFields
            #expect(try await agent.post("/v1/cluster:reload", headers: key).status == 409)
            _ = try await agent.post("/v1/operations/\(first):cancel")
            let again = try await agent.post("/v1/cluster:reload", headers: key)
            #expect(again.status == 200)
            let repeated = try await agent.post("/v1/cluster:reload", headers: key)
            #expect(repeated.body == again.body && repeated.headers[.idempotentReplayed] == "true")
        }
    }

    @Test func `a wait that runs out shows the progress`() async throws {
        let clock = ManualClock()
        try await AgentFixture.withSlowWorkers(clock: clock) { agent in
            let id = try await agent.scale(to: 1)
            async let reply = agent.post("/v1/operations/\(id):wait", #"{"timeoutMs":500}"#)
            for await duration in clock.sleeps where duration == .milliseconds(500) { break }
            clock.advance(by: .milliseconds(500))
            let operation = try await reply.decode(OperationInfo.self)
            #expect(!operation.done && operation.phase == .rolling)
        }
    }

    @Test func `a wait ends with the verdict`() async throws {
        try await AgentFixture.withSlowWorkers { agent in
            let id = try await agent.scale(to: 1)
            async let reply = agent.post("/v1/operations/\(id):wait")
            await agent.supervisor.didListen(.first)
            #expect(try await reply.decode(OperationInfo.self).verdict == .succeeded)
            // It is no command.
            let query = EventQuery(types: [.command], limit: 10)
            let commands = try await agent.assembly.history.perform { try $0.events(query) }
            #expect(commands.count == 1)
        }
    }

    @Test func `a cancel ends an operation and leaves an ended one alone`() async throws {
        try await AgentFixture.withSlowWorkers { agent in
            let id = try await agent.scale(to: 1)
            let cancelled = try await agent.post("/v1/operations/\(id):cancel").decode(OperationInfo.self)
            #expect(cancelled.verdict == .cancelled)
            let again = try await agent.post("/v1/operations/\(id):cancel").decode(OperationInfo.self)
            #expect(again == cancelled)
        }
    }

    @Test(arguments: ["nosuch", "0000000000"])
    func `an operation that never existed is not found`(id: String) async throws {
        try await AgentFixture.with { agent in
            for reply in [
                try await agent.get("/v1/operations/\(id)"), try await agent.post("/v1/operations/\(id):wait"),
                try await agent.post("/v1/operations/\(id):cancel"),
            ] {
                #expect(reply.status == 404 && reply.reason == .operationNotFound)
            }
        }
    }

    @Test func `an invalid operation id is refused`() async throws {
        try await AgentFixture.with { agent in
            let upper = try await agent.get("/v1/operations/ABC")
            #expect(upper.status == 400 && upper.reason == .invalidParameter)
            let verb = try await agent.post("/v1/operations/abc:undo")
            #expect(verb.status == 404 && verb.reason == .routeNotFound)
        }
    }

    @Test func `only a supervised worker can be restarted`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork()
            try await agent.scale(to: 1)
            let forked = try await agent.post("/v1/workers/1:restart")
            #expect(forked.status == 400 && forked.reason == .workerNotSupervised)
            let restarted = try await agent.post("/v1/workers/2:restart")
            #expect(try restarted.decode(OperationInfo.self).kind == .restart)
            #expect(await agent.primary.workers.map(\.id.rawValue) == [1, 3])
            let gone = try await agent.post("/v1/workers/2:restart")
            #expect(gone.status == 400 && gone.reason == .workerExited)
            let never = try await agent.post("/v1/workers/99:restart")
            #expect(never.status == 404 && never.reason == .workerNotFound)
        }
    }

    @Test func `a reload takes its limits`() async throws {
        try await AgentFixture.with { agent in
            try await agent.scale(to: 4)
            let body = #"{"maxSurge":"25%","maxUnavailable":1,"minReadyMs":0,"readyTimeoutMs":5,"drainTimeoutMs":6}"#
            #expect(try await agent.post("/v1/cluster:reload", body).status == 200)
            let plan = try #require(await agent.supervisor.plans.last)
            #expect(plan.maxSurge == .percent(25) && plan.maxUnavailable == .count(1))
            #expect(plan.minReadyMs == 0 && plan.readyTimeoutMs == 5 && plan.drainTimeoutMs == 6)
        }
    }

    @Test(arguments: [
        (#"{"maxSurge":0}"#, "maxUnavailable"), (#"{"maxSurge":-1}"#, "maxSurge"),
        (#"{"maxSurge":"0.5%"}"#, "maxSurge"),
        (#"{"maxUnavailable":"101%"}"#, "maxUnavailable"), (#"{"minReadyMs":-1}"#, "minReadyMs"),
        (#"{"settings":{"exec":7}}"#, "settings.exec"), (#"{"surge":1}"#, "surge"),
        (#"{"settings":{"env":{}}}"#, "env"),
    ])
    func `an impossible reload is refused with its field`(body: String, field: String) async throws {
        try await AgentFixture.with { agent in
            try await agent.scale(to: 1)
            let reply = try await agent.post("/v1/cluster:reload", body)
            #expect(reply.status == 400 && reply.metadata["field"] == field, "\(reply.body)")
            #expect(await agent.supervisor.plans.isEmpty)
        }
    }

    @Test(arguments: [#"{"workers":-1}"#, #"{"workers":1001}"#, #"{}"#, #"{"workers":"2"}"#])
    func `an impossible number is refused`(body: String) async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.post("/v1/cluster:scale", body)
            #expect(reply.status == 400 && reply.reason == .invalidField && reply.metadata["field"] == "workers")
        }
    }

    @Test func `the policy is merged and has an etag`() async throws {
        try await AgentFixture.with { agent in
            let before = try await agent.get("/v1/cluster/supervision").decode(SupervisionReply.self)
            #expect(before.policy.restart == .always && before.etag == before.policy.etag)
            let body = #"{"restart":"onFailure","etag":"\#(before.etag.dropFirst().dropLast())"}"#
            #expect(try await agent.post("/v1/cluster:supervise", body).reason == .etagMismatch)
            let changed = try await agent.post("/v1/cluster:supervise", #"{"restart":"onFailure","maxAgeMs":5000}"#)
            let after = try changed.decode(SupervisionReply.self)
            #expect(after.policy.restart == .onFailure && after.policy.maxAgeMs == 5000 && after.etag != before.etag)
            let reset = try await agent.post("/v1/cluster:supervise", #"{"restart":null,"maxAgeMs":null}"#)
            #expect(try reset.decode(SupervisionReply.self).policy.restart == .always)
            let bad = try await agent.post("/v1/cluster:supervise", #"{"backoffMs":0}"#)
            #expect(bad.status == 400 && bad.metadata["field"] == "backoffMs")
        }
    }

    @Test func `the agent is not ready while no worker is ready`() async throws {
        try await AgentFixture.withSlowWorkers { agent in
            #expect(try await agent.get("/readyz").status == 200)
            try await agent.scale(to: 1)
            let waiting = try await agent.get("/readyz")
            #expect(waiting.status == 503 && waiting.body.contains("no worker is ready yet"))
            await agent.supervisor.didListen(.first)
            #expect(try await agent.get("/readyz").status == 200)
            await agent.supervisor.didCrash(.first, code: 7, stderr: "secret words")
            let failed = try await agent.get("/readyz")
            #expect(failed.status == 503 && failed.body.contains("ended with code 7"))
            #expect(!failed.body.contains("secret"))
        }
    }

    @Test func `the history has what the supervisor does`() async throws {
        try await AgentFixture.with { agent in
            let headers = [.requestID: "r-9"] as HTTPFields
            _ = try await agent.post("/v1/cluster:scale", #"{"workers":1}"#, headers: headers)
            func events(_ query: String) async throws -> [Event] {
                await agent.assembly.recorder.settle(through: await agent.primary.lastEventNumber)
                return try await agent.get("/v1/events?\(query)").decode(EventsReply.self).events
            }
            let scale = try #require(try await events("requestId=r-9&type=scale").first)
            #expect(scale.data["from"] == 0 && scale.data["to"] == 1)
            #expect(scale.data["because"] == "scale" && scale.data["principal"] == "token:admin")
            #expect(try await events("requestId=r-9&type=fork").first?.data["instance"] == 0)
            let operations = try await events("requestId=r-9&type=operation")
            #expect(operations.first?.data["step"] == "began" && operations.last?.data["step"] == "ended")
            #expect(operations.last?.data["verdict"] == "succeeded")
            #expect(try await events("requestId=r-9&type=command").count == 1)
            await agent.supervisor.didCrash(.first)
            let restarts = try await events("type=restart")
            #expect(restarts.count == 1 && restarts.first?.workerId == .first)
            #expect(restarts.first?.data["attempt"] == 1 && restarts.first?.data["because"] == "failure")
        }
    }

    @Test func `the metrics show each instance`() async throws {
        try await AgentFixture.with { agent in
            try await agent.scale(to: 2)
            await agent.supervisor.didCrash(.first)
            let text = try await agent.get("/metrics").body
            #expect(text.contains("cluster_workers_desired 2\n") && text.contains("cluster_workers_ready 1\n"))
            #expect(text.contains("cluster_instance_failures_in_a_row{instance=\"0\"} 1\n"))
            #expect(text.contains("cluster_instance_ready{instance=\"1\"} 1\n"))
            #expect(text.contains("cluster_instance_restarts_total{instance=\"1\"} 0\n"))
        }
    }

    @Test func `operations of an earlier run are in the history`() async throws {
        let history = try History.inMemory()
        var id: OperationID?
        try await AgentFixture.with(history: history) { agent in try await agent.scale(to: 1) }
        id = try await history.perform { try $0.operations(limit: 10) }.first?.id
        let earlier = try #require(id)
        try await AgentFixture.with(history: history) { agent in
            let operation = try await agent.get("/v1/operations/\(earlier)").decode(OperationInfo.self)
            #expect(operation.verdict == .succeeded)
        }
    }
}
