// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// A pipe, both ends close-on-exec.
package struct Pipe: ~Copyable {
    package let reading: OwnedFD
    package let writing: OwnedFD

    /// - Parameter owner: the user who may open the pipe by its name, such as `/dev/stderr`; nil: this process's own.
    package init(owner: UInt32?) throws(IOError) {
        var numbers: [Int32] = [-1, -1]
        try shimCall("pipe2", clinux_pipe(&numbers))
        reading = OwnedFD(numbers[0])
        writing = OwnedFD(numbers[1])
        // If that is not allowed, the program cannot open it by name, and can write all the same.
        if let owner { _ = fchown(writing.number, owner, .max) }
    }
}
