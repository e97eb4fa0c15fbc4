// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The cores that this process may run on.
enum AvailableCores {
    /// The size of the affinity mask (sched_getaffinity(2)), which a container or taskset(1) may have made
    /// smaller than the machine; at least 1.
    static var count: Int {
        var mask = cpu_set_t()
        let size = MemoryLayout<cpu_set_t>.size
        guard sched_getaffinity(0, size, &mask) == 0 else {
            // A machine with more cores than the mask has bits.
            return Swift.max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        }
        return withUnsafeBytes(of: mask) { bytes in
            Swift.max(1, bytes.reduce(0) { $0 + $1.nonzeroBitCount })
        }
    }
}
