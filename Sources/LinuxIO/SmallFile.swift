// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// Reads files that are expected to be small.
package enum SmallFile {
    /// The content of a file. It must be a file, because a pipe would keep the reader waiting for a writer.
    ///
    /// - Throws: EFBIG if there is more than `limit`, ESPIPE if it is not a regular file.
    package static func read(_ path: String, limit: Int) throws(IOError) -> [UInt8] {
        let descriptor = OwnedFD(
            try systemCall("open") { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) })
        let number = descriptor.number
        var status = stat()
        try systemCall("fstat") { fstat(number, &status) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw IOError("read", .illegalSeek) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = Int(try systemCall("read") { Int32(Glibc.read(number, &buffer, buffer.count)) })
            guard count > 0 else { return content }
            content += buffer[..<count]
            guard content.count <= limit else { throw IOError("read", .fileTooLarge) }
        }
    }
}
