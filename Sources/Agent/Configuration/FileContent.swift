// SPDX-License-Identifier: Apache-2.0

import Glibc
import History

/// Reads anything that opens: a file, a pipe such as `<(…)`, or `/dev/stdin`.
enum FileContent {
    /// - Parameters:
    ///   - limit: a pipe may never end.
    ///   - isRegular: accepts only a regular file, because it will be read again. A pipe would keep the reader waiting
    ///     for a writer.
    /// - Throws: `SystemProblem`: EFBIG if there is more than `limit`, ESPIPE if it is not a regular file and must be
    ///   one.
    static func read(_ path: String, limit: Int, isRegular: Bool = false) throws(SystemProblem) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | (isRegular ? O_NONBLOCK : 0))
        guard descriptor >= 0 else { throw SystemProblem() }
        defer { close(descriptor) }
        if isRegular, !DataFile.isRegular(descriptor) { throw SystemProblem(ESPIPE) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemProblem() }
            guard count > 0 else { return content }
            content += buffer[..<count]
            guard content.count <= limit else { throw SystemProblem(EFBIG) }
        }
    }
}
