// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Logging
import Shared

/// The role of this process in the cluster: the parent or one of the children.
///
///     switch try ClusterProcess.role {
///     case .primary(let primary): try await primary.fork()
///     case .worker(let worker): let listener = try await worker.listen(port: 8000)
///     }
public enum ClusterProcess {
    /// The role of a process in a cluster, with what it works with.
    public enum Role: Sendable {
        case primary(Primary)
        case worker(Worker)
    }

    /// Determined at the first call, from the environment that a primary gives its workers, and the same from then on.
    /// The first call also removes the variables from the environment, as in Node.
    ///
    /// The primary forks this program itself, with the arguments that it was started with, unless
    /// ``Primary/setupPrimary(_:requestID:)`` says otherwise; `NODE_CLUSTER_SCHED_POLICY` names the policy.
    ///
    /// - Throws: `NO_PRIMARY` if the process was started as a worker by hand, `INTERNAL_ERROR` if the kernel gives
    ///   no epoll instance or thread.
    public static var role: Role {
        get throws(ClusterError) { try outcome.get() }
    }

    /// - Throws: `NOT_A_PRIMARY` in a worker; as ``role``.
    public static var primary: Primary {
        get throws(ClusterError) {
            switch try role {
            case .primary(let primary): return primary
            case .worker(let worker):
                throw ClusterError(
                    .failedPrecondition, .notAPrimary,
                    "this process is worker \(worker.id), and only the primary can do that; ask it with a message",
                    metadata: ["workerId": "\(worker.id)"])
            }
        }
    }

    /// - Throws: `NOT_A_WORKER` in the primary; as ``role``.
    public static var worker: Worker {
        get throws(ClusterError) {
            guard case .worker(let worker) = try role else {
                throw ClusterError(
                    .failedPrecondition, .notAWorker,
                    "this process is not a worker; start it with cluster-agent, or fork it from a primary")
            }
            return worker
        }
    }

    /// `cluster.isWorker`; false also if ``role`` throws.
    public static var isWorker: Bool {
        if case .success(.worker) = outcome { true } else { false }
    }

    /// `cluster.isPrimary`; false also if ``role`` throws.
    public static var isPrimary: Bool {
        if case .success(.primary) = outcome { true } else { false }
    }

    /// `cluster.isMaster`: Node's old name of ``isPrimary``.
    @available(*, deprecated, renamed: "isPrimary")
    public static var isMaster: Bool { isPrimary }

    /// How many workers can run at once: `os.availableParallelism()`.
    public static var availableParallelism: Int { ThisProcess.availableCores }

    private static let outcome: Result<Role, ClusterError> = {
        do throws(ClusterError) {
            return .success(try findRole())
        } catch {
            return .failure(error)
        }
    }()

    private static func findRole() throws(ClusterError) -> Role {
        let logger = Logger(label: "cluster")
        guard PrimaryChannel.isAnnounced else { return .primary(try Primary(.thisProgram, logger: logger)) }
        let channel = try PrimaryChannel.claim()
        return .worker(try Worker(channel, logger: logger) { ThisProcess.end(code: 0) })
    }
}
