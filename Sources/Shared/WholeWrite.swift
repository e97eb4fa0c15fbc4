// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Writes to a file that blocks. Both programs use this.
public enum WholeWrite {
    /// write(2) takes only a part if the disk is nearly full. The next write says why.
    ///
    /// - Returns: whether all bytes are written. If not, `errno` says why.
    public static func put(_ bytes: [UInt8], into descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
