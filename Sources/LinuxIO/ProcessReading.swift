// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What the kernel says of a process in /proc (proc(5)).
package struct ProcessReading {
    /// The memory that it has in RAM.
    package let residentBytes: Int64
    /// Whether a signal has stopped it, or a debugger holds it.
    package let isStopped: Bool

    /// Nil if there is no such process, or if /proc cannot be read.
    package init?(pid: Int32) {
        guard let fields = StrayProcess.statusFields(pid), fields.count > 21,
            let pages = Int64(String(decoding: fields[21], as: UTF8.self))
        else { return nil }
        residentBytes = pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
        isStopped = fields[0].first == UInt8(ascii: "T") || fields[0].first == UInt8(ascii: "t")
    }
}
