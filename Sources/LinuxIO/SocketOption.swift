// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Options of sockets (socket(7)).
enum SocketOption {
    /// How long accept(2) and reads wait, in whole seconds.
    static func setReceiveTimeout(_ timeout: Duration, of number: Int32) throws(IOError) {
        var timeout = timeval(tv_sec: Int(timeout.components.seconds), tv_usec: 0)
        try systemCall("setsockopt") {
            setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    /// One that is a number. Nil where this is no socket, or one that has no such option.
    static func value(_ level: Int32, _ option: Int32, of number: Int32) -> Int32? {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(number, level, option, &value, &size) == 0 ? value : nil
    }
}
