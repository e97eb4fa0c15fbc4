// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What the kernel tells of processes: proc(5).
enum ProcessTable {
    /// A variable of the environment that marks an agent and all that descends from it.
    static let mark = "END_TO_END_TEST"

    /// The living processes whose environment has this mark.
    static func marked(_ value: String) -> [Int32] {
        let needle = Data("\(mark)=\(value)\0".utf8)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { pid in
            guard let environment = FileManager.default.contents(atPath: "/proc/\(pid)/environ") else { return false }
            return environment.range(of: needle) != nil
        }
    }

    /// The process that ends the agent's workers if the agent is killed.
    static func guardian(of agent: RunningAgent) -> Int32? {
        marked(agent.mark).first { name(of: $0) == "cluster-guard" }
    }

    /// Nil if there is no such process.
    static func name(of pid: Int32) -> String? {
        (try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8))?.trimmingCharacters(in: .newlines)
    }

    /// False for one that has ended and waits for its parent.
    static func isAlive(_ pid: Int32) -> Bool {
        let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        return status.map { !$0.contains("State:\tZ") } ?? false
    }

    static func openDescriptors(of pid: Int32) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
    }

    static func threads(of pid: Int32) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task").count
    }
}
