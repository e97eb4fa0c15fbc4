// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Shared
import TestSupport
import Testing

@testable import Agent

/// What was changed through the API holds as long as the configuration says the same.
@Suite struct StoredStateTests {
    private static var base: StoredState.Base {
        var settings = ClusterSettings()
        settings.exec = "/srv/app.js"
        settings.revision = 7
        return StoredState.Base(workers: 4, maxWorkers: 1024, policy: SupervisionPolicy(), settings: settings)
    }

    private static func changed() -> StoredState {
        var state = StoredState()
        state.note(workers: 8, over: base)
        var policy = SupervisionPolicy()
        policy.restart = .never
        policy.maxAgeMs = 5000
        state.note(policy, over: base)
        var settings = base.settings
        settings.exec = "/srv/next.js"
        settings.cwd = "/srv"
        settings.revision = 9
        state.note(settings, over: base)
        return state
    }

    @Test func `a change holds at the next start`() {
        let (start, kept, dropped) = Self.changed().applied(to: Self.base)
        #expect(start.workers == 8 && start.policy.restart == .never && start.policy.maxAgeMs == 5000)
        #expect(start.settings.exec == "/srv/next.js" && start.settings.cwd == "/srv")
        #expect(start.settings.revision == 7)
        #expect(
            kept == ["settings.cwd", "settings.exec", "supervision.maxAgeMs", "supervision.restart", "workers"])
        #expect(dropped.isEmpty)
    }

    @Test func `a changed configuration counts more`() {
        var base = Self.base
        base.workers = 5
        base.settings.exec = "/srv/other.js"
        base.policy.maxAgeMs = 9000
        let (start, kept, dropped) = Self.changed().applied(to: base)
        #expect(start.workers == 5 && start.settings.exec == "/srv/other.js" && start.policy.maxAgeMs == 9000)
        #expect(kept == ["settings.cwd", "supervision.restart"])
        #expect(dropped == ["settings.exec", "supervision.maxAgeMs", "workers"])
    }

    @Test func `rules that need each other hold together`() {
        var base = Self.base
        base.policy.backoffMs = 5000
        var policy = base.policy
        policy.backoffMs = 100
        policy.backoffMaxMs = 1000
        var state = StoredState()
        state.note(policy, over: base)
        let (start, kept, dropped) = state.applied(to: base)
        #expect(start.policy == policy && dropped.isEmpty)
        #expect(kept == ["supervision.backoffMaxMs", "supervision.backoffMs"])
    }

    @Test func `settings that no worker could start with do not hold`() {
        var state = Self.changed()
        let base = Self.base
        var settings = base.settings
        settings.inspectPort = 70_000
        state.note(settings, over: base)
        let (start, _, dropped) = state.applied(to: base)
        #expect(start.settings.inspectPort == base.settings.inspectPort && dropped == ["settings.inspectPort"])
    }

    @Test func `more workers than the configuration allows do not hold`() {
        var base = Self.base
        base.maxWorkers = 7
        let (start, _, dropped) = Self.changed().applied(to: base)
        #expect(start.workers == 4 && dropped == ["workers"])
    }

    @Test func `a change that is taken back is forgotten`() {
        var state = Self.changed()
        state.note(workers: 4, over: Self.base)
        state.note(Self.base.policy, over: Self.base)
        state.note(Self.base.settings, over: Self.base)
        #expect(state == StoredState())
    }

    @Test func `an unusable value does not count`() {
        var state = Self.changed()
        state.entries["workers"]?.value = "many"
        state.entries["supervision.restart"]?.value = "sometimes"
        state.entries["settings.nothing"] = StoredState.Entry(configured: .null, value: 1)
        let (start, _, dropped) = state.applied(to: Self.base)
        #expect(start.workers == 4 && start.policy.restart == .always)
        #expect(dropped == ["settings.nothing", "supervision.restart", "workers"])
    }

    @Test func `nothing is kept running without a program`() {
        var base = Self.base
        base.settings.exec = nil
        base.workers = 0
        var state = StoredState()
        state.note(workers: 3, over: base)
        #expect(state.applied(to: base).start.workers == 0)
    }

    @Test func `a file reads back as it was written`() async throws {
        try await withTemporaryDirectory { directory in
            let file = StateFile(file: PrivateFile(path: directory.path + "/state.json"))
            #expect(file.read(.silent) == StoredState())
            try file.write(Self.changed())
            #expect(file.read(.silent) == Self.changed())
            let mode = try FileManager.default.attributesOfItem(atPath: file.file.path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            file.remove()
            #expect(file.read(.silent) == StoredState())
        }
    }

    @Test(arguments: ["", "{", #"{"version":2,"entries":{}}"#])
    func `an unusable file does not count`(text: String) async throws {
        try await withTemporaryDirectory { directory in
            let file = StateFile(file: PrivateFile(path: directory.path + "/state.json"))
            try Data(text.utf8).write(to: URL(filePath: file.file.path))
            #expect(file.read(.silent) == StoredState())
        }
    }
}
