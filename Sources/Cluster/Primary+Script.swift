// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxIO
package import Shared

// The primary half of a program, which runs as a process of its own and calls this primary (docs/whole-programs.md).
extension Primary {
    /// Starts the primary script. There is one at most.
    ///
    /// - Parameter onExit: called once on the primary's thread when its process has ended.
    /// - Throws: `SPAWN_FAILED`
    package func startScript(
        _ start: ScriptStart, onExit: @escaping @Sendable (ScriptEnd) -> Void
    ) throws(ClusterError) -> Int32 {
        precondition(driver.script == nil, "a second primary script")
        do throws(IOError) {
            let host = try ScriptHost(start, driver: driver) { onExit(ScriptEnd($0)) }
            driver.script = host
            return host.pid
        } catch {
            throw ClusterError(
                .failedPrecondition, .spawnFailed, "the primary script could not be started: \(error)", cause: error)
        }
    }

    /// Sends the primary script a signal. One that has ended is no error.
    package func signalScript(_ signal: Signal) {
        driver.script?.signal(signal.number)
    }

    /// Kills the primary script and all that is left of its session.
    package func killScript() {
        driver.script?.signalSession(SIGKILL)
    }
}

/// How the primary script is started.
package struct ScriptStart: Sendable {
    /// Where the interpreter is.
    package var program: String
    /// The interpreter's own name comes first.
    package var arguments: [String]
    package var environment: [String: String]
    /// Nil: that of this process.
    package var directory: String?
    /// Where the script connects the channels and pipes of its workers.
    package var socket: String
    /// What the commands of the script carry as their request.
    package var origin: String

    package init(
        program: String, arguments: [String], environment: [String: String], directory: String?, socket: String,
        origin: String
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.socket = socket
        self.origin = origin
    }

    /// What the preload finds in the environment, and removes.
    static let variable = "CLUSTER_PRIMARY_SCRIPT"

    static func greeting(socket: String, calls: Int, events: Int, policy: SchedulingPolicy) -> String {
        let fields: JSONValue = [
            "socket": .string(socket), "calls": .integer(Int64(calls)), "events": .integer(Int64(events)),
            "policy": .integer(Int64(policy.nodeNumber)),
        ]
        return String(decoding: JSONWriter().encode(fields).dropLast(), as: UTF8.self)
    }
}

/// How the primary script ended.
package enum ScriptEnd: Hashable, Sendable {
    case code(Int32)
    case signal(Int32)
    /// Another part of this program has taken the exit status.
    case unseen

    init(_ exit: ProcessExit) {
        switch exit.outcome {
        case .code(let code): self = .code(code)
        case .signal(let signal): self = .signal(signal)
        case .unseen: self = .unseen
        }
    }
}
