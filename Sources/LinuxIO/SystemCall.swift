// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// Makes a system call of libc, again if a signal interrupted it, and reads errno at once.
///
/// - Throws: what the kernel says. EBADF and EFAULT are our own bugs and trap.
@discardableResult
func systemCall(_ operation: StaticString, _ body: () -> Int32) throws(IOError) -> Int32 {
    while true {
        let result = body()
        if result >= 0 { return result }
        let code = Errno(rawValue: errno)
        if code == .interrupted { continue }
        precondition(code != .badFileDescriptor && code != .badAddress, "\(operation) on a descriptor that is not ours")
        throw IOError(operation, code)
    }
}

/// Turns the negative errno of a `clinux_` function into an error.
@discardableResult
func shimCall<Result: SignedInteger>(_ operation: StaticString, _ result: Result) throws(IOError) -> Result {
    if result < 0 { throw IOError(operation, Errno(rawValue: CInt(-result))) }
    return result
}
