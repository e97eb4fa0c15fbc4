// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Shared

extension [StdioEntry] {
    /// - Throws: `STDIO_NOT_OPEN` where an entry is a descriptor that this process has not.
    func checkOpen() throws(ClusterError) {
        for (place, entry) in enumerated() {
            let number: Int
            switch entry {
            case .inherit: number = place
            case .descriptor(let given): number = given
            case .pipe, .ignore, .ipc: continue
            }
            guard !OwnedFD.isOpen(Int32(clamping: number)) else { continue }
            throw ClusterError(
                .failedPrecondition, .stdioNotOpen,
                "stdio[\(place)]: descriptor \(number) is not open here; name one that is, \"ignore\" or \"pipe\"",
                metadata: ["field": "stdio[\(place)]", "descriptor": "\(number)"])
        }
    }
}
