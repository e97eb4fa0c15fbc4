// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxIO
import Shared

extension EnvironmentFile {
    /// More than any such file has.
    private static let maxBytes = 1 << 20

    /// - Throws: `ENV_FILE_NOT_READABLE`
    static func read(_ path: String) throws(ClusterError) -> [String: String] {
        func problem(_ text: String, _ more: [String: String] = [:], _ cause: (any Error)? = nil) -> ClusterError {
            ClusterError(
                .failedPrecondition, .envFileNotReadable, "cannot read the environment file \(path): \(text)",
                metadata: more.merging(["field": "envFiles", "file": path]) { old, _ in old }, cause: cause)
        }
        let bytes: [UInt8]
        do {
            bytes = try SmallFile.read(path, limit: maxBytes)
        } catch {
            throw problem(words(for: error), [:], error)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw problem("it is not UTF-8 text") }
        do {
            return try variables(in: text)
        } catch {
            throw problem("line \(error.line): \(error.reason)", ["line": "\(error.line)"])
        }
    }
    private static func words(for error: IOError) -> String {
        switch error.code {
        case ESPIPE: "it is not a regular file; each start of a worker reads it anew, so it must be one"
        case EFBIG: "it has more than 1 MiB"
        default: "\(error)"
        }
    }
}
