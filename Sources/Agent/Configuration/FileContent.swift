// SPDX-License-Identifier: Apache-2.0

import Glibc
import History

/// Reads whatever opens: a file, a pipe such as `<(…)`, or `/dev/stdin`.
enum FileContent {
    /// - Parameters:
    ///   - limit: a pipe may never end.
    ///   - isAgain: it was read before. A pipe would keep the reader waiting for a writer then, so only a file is read.
    /// - Throws: `SystemProblem`; EFBIG if there is more than `limit`, ESPIPE if it is no file that can be read again.
    static func read(_ path: String, limit: Int, isAgain: Bool = false) throws(SystemProblem) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | (isAgain ? O_NONBLOCK : 0))
        guard descriptor >= 0 else { throw SystemProblem() }
        defer { close(descriptor) }
        if isAgain, !DataFile.isRegular(descriptor) { throw SystemProblem(ESPIPE) }
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
