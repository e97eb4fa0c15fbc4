// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Shared

extension [StdioEntry] {
    /// - Throws: `STDIO_NOT_OPEN` if an entry is a descriptor that this process was not started with, or has closed.
    func check(inherited: Set<Int32>) throws(ClusterError) {
        for (place, entry) in enumerated() {
            let number: Int
            switch entry {
            case .inherit: number = place
            case .descriptor(let given): number = given
            case .pipe, .ignore, .ipc: continue
            }
            if let number = Int32(exactly: number), inherited.contains(number), OwnedFD.isOpen(number) { continue }
            throw ClusterError(
                .failedPrecondition, .stdioNotOpen,
                "stdio[\(place)]: this program was not started with descriptor \(number); name one that it has, \"ignore\" "
                    + "or \"pipe\"",
                metadata: ["field": "stdio[\(place)]", "descriptor": "\(number)"])
        }
    }
}
