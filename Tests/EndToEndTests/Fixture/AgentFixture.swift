// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Runs `body` with an agent in a data directory of its own.
func withAgent(
    _ arguments: String..., environment: [String: String] = [:], _ body: (RunningAgent) async throws -> Void
) async throws {
    try await withTemporaryDirectory { directory in
        try await runAgent(arguments, in: directory, environment: environment, body)
    }
}

/// Runs `body` with an agent, stops it by SIGTERM unless it has ended, and finds out that nothing of it is left.
func runAgent(
    _ arguments: [String] = [], in directory: URL, environment: [String: String] = [:], launcher: [String] = [],
    _ body: (RunningAgent) async throws -> Void
) async throws {
    let agent = try await RunningAgent.start(arguments, in: directory, environment: environment, launcher: launcher)
    do {
        try await body(agent)
        await agent.stop()
    } catch {
        // The second one kills at once.
        agent.program.signal(SIGTERM)
        agent.program.signal(SIGINT)
        await agent.program.status()
        for pid in ProcessTable.marked(agent.mark) { kill(pid, SIGKILL) }
        throw error
    }
}

/// A program for workers, in `Workers/`.
func workerScript(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Workers/\(name)").path
}

extension RunningAgent {
    /// Ends it in good order, unless the test has ended it already, and checks that it leaves nothing behind.
    func stop(sourceLocation: SourceLocation = #_sourceLocation) async {
        program.signal(SIGTERM)
        let status = await program.status()
        guard status == 0 else {
            // It did not wait for its workers.
            await program.output.whole()
            while !ProcessTable.marked(mark).isEmpty, !Task.isCancelled { await Task.yield() }
            // It ends right after the last of them.
            while ProcessTable.guardian(of: self) != nil, !Task.isCancelled { await Task.yield() }
            expectNoProcess(sourceLocation: sourceLocation)
            return
        }
        expectNoProcess(sourceLocation: sourceLocation)
        #expect(
            !FileManager.default.fileExists(atPath: socket), "the socket is still there",
            sourceLocation: sourceLocation)
    }

    /// Stops it and expects the exit code 0.
    func stopInGoodOrder(sourceLocation: SourceLocation = #_sourceLocation) async {
        await stop(sourceLocation: sourceLocation)
        #expect(await program.status() == 0, sourceLocation: sourceLocation)
    }

    private func expectNoProcess(sourceLocation: SourceLocation) {
        let left = ProcessTable.marked(mark)
        #expect(left.isEmpty, "processes are left", sourceLocation: sourceLocation)
        for pid in left { kill(pid, SIGKILL) }
    }
}
