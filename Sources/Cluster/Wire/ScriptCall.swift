// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Shared

/// What a primary script asks for while it waits. Each call is one line of JSON, and so is its answer
/// (docs/whole-programs.md).
enum ScriptCall {
    /// The most bytes of one call. The kernel allows 2 MiB for arguments and environment (execve(2)), and JSON may take six
    /// bytes for one.
    static let maxBytes = 16 << 20

    /// `cluster.fork()`
    case fork(ScriptFork)
    /// The program makes room for a worker that somebody else has forked.
    case adopt(WorkerID, stdio: [StdioEntry])
    /// `worker.process.kill()`
    case kill(WorkerID, signal: Int32)
    /// `cluster.setupPrimary()`
    case setUp(ScriptSettings)

    /// - Throws: if the line is none of these calls.
    init(_ line: UnsafeRawBufferPointer) throws {
        let decoder = JSONDecoder()
        let data = Data(line)
        switch try decoder.decode(Name.self, from: data).call {
        case .fork: self = .fork(try decoder.decode(ScriptFork.self, from: data))
        case .adopt:
            let target = try decoder.decode(Target.self, from: data)
            self = .adopt(target.worker, stdio: target.stdio ?? [.ipc])
        case .kill:
            let target = try decoder.decode(Target.self, from: data)
            self = .kill(target.worker, signal: target.signal ?? Signal.terminate.number)
        case .setup: self = .setUp(try decoder.decode(SetUp.self, from: data).settings)
        }
    }

    private struct Name: Decodable {
        enum Call: String, Decodable {
            case fork, adopt, kill, setup
        }

        let call: Call
    }

    private struct Target: Decodable {
        let worker: WorkerID
        let signal: Int32?
        let stdio: [StdioEntry]?
    }

    private struct SetUp: Decodable {
        let settings: ScriptSettings
    }
}

/// A worker's process as Node would start it.
struct ScriptFork: Decodable, Sendable {
    /// The program, an absolute path or a name to be looked for in PATH.
    let file: String
    /// The program's own name comes first.
    let arguments: [String]
    let environment: [String: String]
    /// What each descriptor is. A pipe and the channel are sockets to which the script has connected, in this order. A number
    /// is one of the script's own descriptors.
    let stdio: [StdioEntry]
    let cwd: String?
    let uid: UInt32?
    let gid: UInt32?
    let settings: ScriptSettings
}

/// `cluster.settings` of a primary script, as far as the agent shows and uses them.
struct ScriptSettings: Decodable, Sendable {
    let exec: String?
    let args: [String]?
    let execArgv: [String]?
    let silent: Bool?
    let serialization: Serialization?
    let cwd: String?
    /// Node's number: 1 is SCHED_NONE, 2 is SCHED_RR.
    let policy: Int?
}

/// What the agent tells a primary script.
enum ScriptNotice {
    /// The answer to `fork` and `adopt`.
    case worker(WorkerID, nodeID: WorkerID, pid: Int32)
    /// The answer if all is well and there is nothing to say.
    case done
    /// The answer if the call has failed.
    case failed(errno: Int32)
    /// Somebody else has forked a worker.
    case adopt(WorkerID, Serialization)
    /// A worker's process has ended.
    case exit(WorkerID, code: Int32?, signal: String?)

    var line: [UInt8] {
        var fields: [String: JSONValue] = [:]
        switch self {
        case .worker(let id, let nodeID, let pid):
            fields["worker"] = .integer(Int64(id.rawValue))
            fields["nodeId"] = .integer(Int64(nodeID.rawValue))
            fields["pid"] = .integer(Int64(pid))
        case .done: break
        case .failed(let errno): fields["errno"] = .integer(Int64(errno))
        case .adopt(let id, let serialization):
            fields["adopt"] = .integer(Int64(id.rawValue))
            fields["serialization"] = .string(serialization.rawValue)
        case .exit(let id, let code, let signal):
            fields["exit"] = .integer(Int64(id.rawValue))
            fields["code"] = code.map { .integer(Int64($0)) }
            fields["signal"] = signal.map(JSONValue.string)
        }
        return JSONWriter().encode(.object(fields))
    }
}
