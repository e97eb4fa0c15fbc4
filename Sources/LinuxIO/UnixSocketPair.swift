// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Two unix stream sockets that are connected to each other, both close-on-exec.
package struct UnixSocketPair: ~Copyable {
    package let near: OwnedFD
    package let far: OwnedFD

    package init() throws(IOError) {
        var numbers: [Int32] = [-1, -1]
        try systemCall("socketpair") {
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &numbers)
        }
        near = OwnedFD(numbers[0])
        far = OwnedFD(numbers[1])
    }

    /// Takes the pair apart.
    package consuming func split<Result>(
        _ body: (_ near: consuming OwnedFD, _ far: consuming OwnedFD) throws -> Result
    ) rethrows -> Result {
        try body(near, far)
    }
}
