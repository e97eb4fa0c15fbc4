// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What the kernel says of a process in /proc (proc(5)).
package struct ProcessReading {
    /// The memory that it has in RAM.
    package let residentBytes: Int64
    /// Its CPU time, and that of those of its children that have ended.
    package let cpu: Duration
    /// Whether a signal has stopped it, or a debugger holds it.
    package let isStopped: Bool

    /// Whether it is ending: its descriptors close one by one meanwhile, in any order (PF_EXITING of linux/sched.h).
    package let isEnding: Bool

    /// Nil if there is no such process, or if /proc cannot be read.
    package init?(pid: Int32) {
        guard let fields = StrayProcess.statusFields(pid), fields.count > 21,
            let pages = Int64(String(decoding: fields[21], as: UTF8.self))
        else { return nil }
        // utime, stime, cutime and cstime, in ticks of the clock.
        let ticks = fields[11...14].reduce(Int64(0)) { $0 + (Int64(String(decoding: $1, as: UTF8.self)) ?? 0) }
        cpu = .milliseconds(ticks * 1000 / Int64(sysconf(Int32(_SC_CLK_TCK))))
        residentBytes = pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
        isEnding = (UInt32(String(decoding: fields[6], as: UTF8.self)) ?? 0) & 4 != 0
        isStopped = fields[0].first == UInt8(ascii: "T") || fields[0].first == UInt8(ascii: "t")
    }
}
