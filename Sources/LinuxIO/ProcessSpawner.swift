// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import SystemPackage

/// Starts programs.
package enum ProcessSpawner {
    /// What one descriptor of the child is.
    package enum Source: Sendable {
        /// `/dev/null`
        case null
        /// One that this process was started with.
        case inherited(Int32)
        /// One in a table.
        case owned(DescriptorTable.Token)
    }

    /// Starts a program; returns when it runs.
    ///
    /// - Parameters:
    ///   - descriptors: the child's descriptors from 0 on. It gets no others.
    ///   - orphanGuard: who ends the program if this process dies.
    package static func spawn(
        _ request: SpawnRequest, descriptors: [Source], from table: DescriptorTable,
        guardedBy orphanGuard: OrphanGuard? = nil
    ) throws(SpawnError) -> ProcessHandle {
        var numbers: [Int32] = []
        for source in descriptors {
            switch source {
            case .null: numbers.append(-1)
            case .inherited(let number): numbers.append(number)
            case .owned(let token):
                guard let number = table.number(of: token) else { preconditionFailure("a stale descriptor token") }
                numbers.append(number)
            }
        }

        let argv = CStringArray(request.arguments)
        let variables = variables(of: request)
        let envp = CStringArray(variables)
        let pidText = request.pidVariable.flatMap { name in
            envp.pointers[variables.count - 1].map { $0 + name.utf8.count + 1 }
        }
        var result = clinux_spawn_result()
        let code = numbers.withUnsafeBufferPointer { numbers in
            request.path.withCString { path in
                withOptionalCString(request.directory) { directory in
                    var shim = clinux_spawn_request(
                        path: path, argv: argv.pointers, envp: envp.pointers, directory: directory,
                        descriptors: numbers.baseAddress, descriptor_count: Int32(numbers.count),
                        uid: request.uid.map(Int64.init) ?? -1, gid: request.gid.map(Int64.init) ?? -1,
                        file_limit: request.fileLimit.map(Int64.init(clamping:)) ?? -1,
                        guard: orphanGuard?.number ?? -1, pid_text: pidText, death_signal: request.deathSignal ?? 0)
                    return clinux_spawn(&shim, &result)
                }
            }
        }
        guard code == 0 else { throw SpawnError(step: step(result.step), errno: Errno(rawValue: -code)) }
        let process = ProcessHandle(pid: result.pid, pidfd: OwnedFD(result.pidfd))
        if result.enrolled == 0 { orphanGuard?.enroll(process) }
        return process
    }

    /// The variable that the child fills in comes last and has room for the digits of any pid.
    private static func variables(of request: SpawnRequest) -> [String] {
        var environment = request.environment
        guard let name = request.pidVariable else { return environment.map { "\($0)=\($1)" } }
        environment[name] = nil
        return environment.map { "\($0)=\($1)" } + ["\(name)=" + String(repeating: "0", count: 10)]
    }

    private static func step(_ step: clinux_spawn_step) -> SpawnError.Step {
        switch step {
        case CLINUX_SPAWN_CHDIR: .directory
        case CLINUX_SPAWN_DESCRIPTORS: .descriptors
        case CLINUX_SPAWN_GROUPS: .groups
        case CLINUX_SPAWN_GID: .gid
        case CLINUX_SPAWN_UID: .uid
        case CLINUX_SPAWN_EXEC: .exec
        default: .fork
        }
    }

    private static func withOptionalCString<Result>(
        _ string: String?, _ body: (UnsafePointer<CChar>?) -> Result
    ) -> Result {
        if let string { string.withCString { body($0) } } else { body(nil) }
    }
}
