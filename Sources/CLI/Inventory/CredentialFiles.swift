// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The files that prove who calls. Each is read once, because hosts may share one, and a pipe can only be read once.
///
/// A file that the inventory names must be a regular one. A file on the command line may be a pipe, as `<(pass show
/// token)` makes one. All of them together get the command's time.
final class CredentialFiles {
    /// The file cannot be used.
    struct Problem: Error {
        let message: String
        /// Time was up.
        let isLate: Bool
    }

    private static let longestToken = 4096
    /// For certificates. No bundle of authorities is larger.
    private static let longest = 8 << 20
    /// The time for a file if others have used up theirs.
    private static let leastPatience = Duration.milliseconds(50)

    private let deadline: ContinuousClock.Instant
    private var tokens: [String: Result<String, Problem>] = [:]
    private var paths: [String: Result<String, Problem>] = [:]

    init(within time: Duration) {
        deadline = .now + time
    }

    func token(inFile path: String, _ kind: SmallFile.Kind) throws(Problem) -> String {
        let result = tokens[path] ?? Result { () throws(Problem) in try readToken(path, kind) }
        tokens[path] = result
        return try result.get()
    }

    /// The path of the file for libcurl. libcurl would not name a file that it cannot read, and would wait for a pipe.
    /// A pipe's content is kept in memory under another name.
    func readable(_ path: String, _ kind: SmallFile.Kind) throws(Problem) -> String {
        let result = paths[path] ?? Result { () throws(Problem) in try makeReadable(path, kind) }
        paths[path] = result
        return try result.get()
    }

    /// The file's one line. A line break inside would be a header of its own in the request.
    private func readToken(_ path: String, _ kind: SmallFile.Kind) throws(Problem) -> String {
        let bytes = try read(path, kind, limit: 2 * Self.longestToken)
        let words = bytes.split { $0 == 0x20 || (0x09...0x0D).contains($0) }
        guard words.count == 1, let token = words.first, token.count <= Self.longestToken,
            token.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw Problem(
                message: "\(path) holds no token: it must be one line of printable characters", isLate: false)
        }
        return String(decoding: token, as: UTF8.self)
    }

    private func makeReadable(_ path: String, _ kind: SmallFile.Kind) throws(Problem) -> String {
        let bytes = try read(path, kind, limit: Self.longest)
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else { return path }
        guard let copy = Self.memory(bytes) else {
            let reason = String(cString: strerror(errno)).lowercased()
            throw Problem(message: "cannot keep what \(path) holds: \(reason)", isLate: false)
        }
        return copy
    }

    private func read(_ path: String, _ kind: SmallFile.Kind, limit: Int) throws(Problem) -> [UInt8] {
        do {
            let patience = max(deadline, .now + Self.leastPatience)
            return try SmallFile.readAside(path, limit: limit, kind, until: patience)
        } catch {
            throw Problem(message: "cannot read \(path): \(error.reason)", isLate: error.isLate)
        }
    }

    /// A file in memory with a name for this process only, until it ends. Nil if it cannot be made.
    private static func memory(_ bytes: [UInt8]) -> String? {
        let name = "/cluster-cli.\(getpid()).\(UInt64.random(in: 0...UInt64.max))"
        let descriptor = shm_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        shm_unlink(name)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                // The caller reports the error.
                let number = errno
                close(descriptor)
                errno = number
                return nil
            }
            rest = rest.dropFirst(count)
        }
        return "/proc/self/fd/\(descriptor)"
    }
}
