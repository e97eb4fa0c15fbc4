// SPDX-License-Identifier: Apache-2.0

package import SystemPackage

/// A system call that failed.
package struct IOError: Error, CustomStringConvertible {
    /// The call, as in section 2 of the manual.
    package let operation: StaticString
    package let errno: Errno

    package init(_ operation: StaticString, _ errno: Errno) {
        self.operation = operation
        self.errno = errno
    }

    /// - Parameter code: a positive errno.
    package init(_ operation: StaticString, code: Int32) {
        self.init(operation, Errno(rawValue: code))
    }

    /// The positive errno.
    package var code: Int32 { errno.rawValue }

    package var description: String { "\(operation): \(errno)" }
}
