// SPDX-License-Identifier: Apache-2.0

import Contract
import Shared
import Synchronization

/// What somebody asks for, by whatever front it came: who asks, by which request, and if it may be done only once.
/// `CommandRunner` gives it to a use case of `ClusterOperations`.
struct Command: Sendable {
    let kind: CommandKind
    let principal: Principal
    /// The request that gave it.
    let requestID: String
    /// As the caller wrote it. Nil: the command is done each time it comes.
    let idempotencyKey: String?
    /// How the audit names the front's call: the method and the path of HTTP.
    let call: (method: String, path: String)
    /// The workers that it acts on, noted while it runs.
    let targets = CommandTargets()

    /// What the primary carries to the events that the command causes.
    var cause: String { CommandOrigin(requestID: requestID, principal: principal).carried }
}

/// The workers that a command acts on.
final class CommandTargets: Sendable {
    private let state = Mutex<[WorkerID]>([])

    var workers: [WorkerID] {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

/// What came of a command, as its front writes it.
struct CommandAnswer: Sendable {
    /// The status of HTTP.
    var status: Int
    /// JSON.
    var body: [UInt8]
    /// True if it was first given to an earlier request with the same key.
    var isReplayed = false
}

/// One command as its front sees it: what is asked for, and how an answer is written.
protocol CommandFront: Sendable {
    /// Reads the whole command.
    /// - Returns: the front with what it has read, and what no other command has in common with this one.
    func read() async throws -> (front: Self, fingerprint: [UInt8])

    /// Reads what is asked for, has one use case do it, and writes the answer.
    func perform(_ command: Command) async throws -> CommandAnswer

    /// The answer in place of one that was thrown.
    func answer(to error: any Error) throws -> CommandAnswer
}
