// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Reads whatever opens: a file, a pipe such as `<(…)`, or `/dev/stdin`.
enum FileContent {
    /// - Parameter limit: a pipe may never end.
    /// - Throws: `SystemProblem`; EFBIG if there is more than `limit`.
    static func read(_ path: String, limit: Int) throws(SystemProblem) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemProblem() }
        defer { close(descriptor) }
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
