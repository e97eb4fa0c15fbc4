// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import TestSupport

/// What this process holds at a moment (proc(5)).
struct Footprint {
    let targets: [String]
    let threads: Int
    let residentKiB: Int

    var descriptors: Int { targets.count }

    /// After what the primary is just doing: the answer comes when it has done it.
    static func settled(_ primary: Primary) async -> Footprint {
        _ = await primary.workers
        return now()
    }

    static func now() -> Footprint {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        func number(_ name: String) -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
            return line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0
        }
        return Footprint(
            targets: openDescriptorTargets(), threads: number("Threads"), residentKiB: number("VmRSS"))
    }
}
