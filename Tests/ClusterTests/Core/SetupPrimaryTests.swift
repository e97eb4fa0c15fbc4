// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

@Suite struct SetupPrimaryTests {
    let cluster = MachineHarness()

    func setup(_ change: (inout SettingsPatch) -> Void) throws(ClusterError) -> ClusterSettings {
        var patch = SettingsPatch()
        change(&patch)
        defer { cluster.run() }
        return try cluster.machine.setupPrimary(patch, requestID: "r1", at: cluster.now)
    }

    @Test func `a setting that is not named keeps its value, and the revision counts up`() throws {
        let settings = try setup { $0.args = .set(["a"]) }
        #expect(settings.exec == "worker.js")
        #expect(settings.args == ["a"])
        #expect(settings.revision == 2)
        #expect(cluster.machine.settings == settings)
        guard case .setup(settings)? = cluster.events.last?.kind else { Issue.record("no setup event"); return }
        #expect(cluster.events.last?.requestID == "r1")
    }

    @Test func `the policy can be set until the first setupPrimary`() throws {
        #expect(try setup { $0.schedulingPolicy = .set(.none) }.schedulingPolicy == SchedulingPolicy.none)
        let error = #expect(throws: ClusterError.self) { try setup { $0.schedulingPolicy = .set(.roundRobin) } }
        #expect(error?.reason == .policyFrozen)
        #expect(error?.status == .failedPrecondition)
    }

    @Test func `the first fork freezes the policy`() throws {
        _ = try cluster.fork()
        #expect(throws: ClusterError.self) { try setup { $0.schedulingPolicy = .set(.none) } }
        #expect(cluster.machine.settings.revision == 1)
    }

    @Test func `naming the frozen policy again is no error`() throws {
        _ = try cluster.fork()
        _ = try setup { $0.schedulingPolicy = .set(.roundRobin) }
    }

    @Test func `a refused setupPrimary does not freeze the policy`() throws {
        #expect(throws: ClusterError.self) { try setup { $0.exec = .set("") } }
        _ = try setup { $0.schedulingPolicy = .set(.none) }
    }

    @Test func `an etag of another revision is refused, and the error names the right one`() throws {
        _ = try setup { $0.silent = .set(true) }
        let error = #expect(throws: ClusterError.self) {
            try setup {
                $0.etag = "\"1\""
                $0.silent = .set(false)
            }
        }
        #expect(error?.status == .aborted)
        #expect(error?.reason == .etagMismatch)
        #expect(error?.metadata["etag"] == "\"2\"")
        #expect(cluster.machine.settings.silent)
    }

    @Test func `the right etag lets the change through`() throws {
        let settings = try setup {
            $0.etag = "\"1\""
            $0.cwd = .set("/tmp")
        }
        #expect(settings.etag == "\"2\"")
    }

    @Test(arguments: [
        (["--prof"], ["--prof", "--logfile=v8-%p.log"]),
        (["--prof-process"], ["--prof-process", "--logfile=v8-%p.log"]),
        (["--prof", "--logfile=x"], ["--prof", "--logfile=x"]),
        (["--inspect"], ["--inspect"]), ([], []),
    ])
    func `V8 profiles get a file for each process`(_ given: [String], _ kept: [String]) throws {
        #expect(try setup { $0.execArgv = .set(given) }.execArgv == kept)
    }
}
