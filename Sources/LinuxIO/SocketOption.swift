// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Options of sockets that are one number (socket(7)).
enum SocketOption {
    /// Nil if this is not a socket, or a socket without such an option.
    static func value(_ level: Int32, _ option: Int32, of number: Int32) -> Int32? {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(number, level, option, &value, &size) == 0 ? value : nil
    }
}
