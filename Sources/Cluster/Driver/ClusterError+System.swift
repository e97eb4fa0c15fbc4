// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Shared

extension ClusterError {
    /// The error number of the system call that failed. Nil if none did.
    package var systemError: Int32? { (cause as? IOError)?.code }
}
