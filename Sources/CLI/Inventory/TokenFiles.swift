// SPDX-License-Identifier: Apache-2.0

/// The files with tokens, each read once: of several hosts that share one, and a pipe can only be read once.
final class TokenFiles {
    /// A file that is no token's.
    struct Problem: Error {
        let message: String
    }

    private static let longestToken = 4096

    private var found: [String: Result<String, Problem>] = [:]

    func token(inFile path: String) throws(Problem) -> String {
        if let result = found[path] { return try result.get() }
        let result = Result { () throws(Problem) in try Self.read(path) }
        found[path] = result
        return try result.get()
    }

    /// The file's one line. A line break inside would be a header of its own in the request.
    private static func read(_ path: String) throws(Problem) -> String {
        let bytes: [UInt8]
        do {
            bytes = try SmallFile.read(path, limit: 2 * longestToken)
        } catch {
            throw Problem(message: "cannot read \(path): \(error.reason)")
        }
        let words = bytes.split { $0 == 0x20 || (0x09...0x0D).contains($0) }
        guard words.count == 1, let token = words.first, token.count <= longestToken,
            token.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw Problem(message: "\(path) holds no token: it must be one line of printable characters")
        }
        return String(decoding: token, as: UTF8.self)
    }
}
