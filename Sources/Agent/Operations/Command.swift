// SPDX-License-Identifier: Apache-2.0

import Contract
import Shared
import Synchronization

/// A caller's request for a change, by whatever front: who asks, by which request, and whether it may be done only
/// once. `CommandRunner` gives it to a use case of `ClusterOperations`.
struct Command: Sendable {
    let kind: CommandKind
    let principal: Principal
    /// The id of the request.
    let requestID: String
    /// As the caller wrote it. Nil if the command is done each time it comes.
    let idempotencyKey: String?
    /// The front's call as the audit names it: HTTP's method and path.
    let call: (method: String, path: String)
    /// The workers that it acts on. The use case notes them.
    let targets = CommandTargets()

    /// The text that the primary carries to the events that the command causes.
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

/// The result of a command, as its front writes it.
struct CommandAnswer: Sendable {
    /// The status of HTTP.
    var status: Int
    /// JSON.
    var body: [UInt8]
    /// True if it repeats the answer to an earlier request with the same key.
    var isReplayed = false
}

/// A command as its front sees it. The front reads the request and writes the answer.
protocol CommandFront: Sendable {
    /// Reads the whole command.
    /// - Returns: the front with what it has read, and a text that tells this command from others.
    func read() async throws -> (front: Self, fingerprint: [UInt8])

    /// Decodes the request, calls one use case, and encodes the answer.
    func perform(_ command: Command) async throws -> CommandAnswer

    /// The answer for an error.
    func answer(to error: any Error) throws -> CommandAnswer
}
