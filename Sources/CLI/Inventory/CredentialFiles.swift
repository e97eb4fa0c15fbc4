// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Shared

/// The files that prove who calls. Each is read once, because hosts may share one, and a pipe can only be read once.
///
/// A file that the inventory names must be a regular one. A file on the command line may be a pipe, as `<(pass show
/// token)` makes one. All of them together get the command's time.
final class CredentialFiles {
    /// A file, and what it is for.
    struct Request: Hashable, Sendable {
        enum Purpose: Hashable, Sendable {
            /// Its one line is wanted.
            case token
            /// A path is wanted that libcurl can read. libcurl would not name a file that it cannot read, and would wait
            /// for a pipe. So a pipe's content is kept in memory under another name.
            case certificate
        }

        let path: String
        let purpose: Purpose
        let kind: SmallFile.Kind
    }

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
    private var results: [Request: Result<String, Problem>] = [:]

    init(within time: Duration) {
        deadline = .now + time
    }

    /// Reads files that will be wanted, all at once, because each may be on a disk that does not answer.
    func prepare(_ requests: [Request]) {
        let missing = Array(Set(requests.filter { results[$0] == nil }))
        guard !missing.isEmpty else { return }
        let deadline = max(deadline, .now + Self.leastPatience)
        let work = missing.map { request in
            { @Sendable in Result { () throws(Problem) in try Self.value(of: request, until: deadline) } }
        }
        for (request, result) in zip(missing, Errand.results(until: deadline, work)) {
            results[request] = result ?? .failure(Self.problem(request.path, .late))
        }
    }

    /// The token, or the path for libcurl.
    func value(of request: Request) throws(Problem) -> String {
        prepare([request])
        guard let result = results[request] else { throw Self.problem(request.path, .late) }
        return try result.get()
    }

    private static func value(
        of request: Request, until deadline: ContinuousClock.Instant
    ) throws(Problem) -> String {
        let limit = request.purpose == .token ? 2 * longestToken : longest
        let bytes: [UInt8]
        do {
            bytes = try SmallFile.read(request.path, limit: limit, request.kind, until: deadline)
        } catch {
            throw problem(request.path, error)
        }
        switch request.purpose {
        case .token: return try token(bytes, request.path)
        case .certificate: return try readable(bytes, request.path)
        }
    }

    private static func problem(_ path: String, _ failure: SmallFile.Failure) -> Problem {
        Problem(message: "cannot read \(path): \(failure.reason)", isLate: failure.isLate)
    }

    /// The file's one line. A line break inside would be a header of its own in the request.
    private static func token(_ bytes: [UInt8], _ path: String) throws(Problem) -> String {
        let words = bytes.split { $0 == 0x20 || (0x09...0x0D).contains($0) }
        guard words.count == 1, let token = words.first, token.count <= longestToken,
            token.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw Problem(
                message: "\(path) holds no token: it must be one line of printable characters", isLate: false)
        }
        return String(decoding: token, as: UTF8.self)
    }

    private static func readable(_ bytes: [UInt8], _ path: String) throws(Problem) -> String {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else { return path }
        guard let copy = memory(bytes) else {
            let reason = String(cString: strerror(errno)).lowercased()
            throw Problem(message: "cannot keep what \(path) holds: \(reason)", isLate: false)
        }
        return copy
    }

    /// A file in memory with a name for this process only, until it ends. Nil if it cannot be made.
    private static func memory(_ bytes: [UInt8]) -> String? {
        let name = "/cluster-cli.\(getpid()).\(UInt64.random(in: 0...UInt64.max))"
        let descriptor = shm_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        shm_unlink(name)
        guard WholeWrite.put(bytes, into: descriptor) else {
            // The caller reports the error.
            let number = errno
            close(descriptor)
            errno = number
            return nil
        }
        return "/proc/self/fd/\(descriptor)"
    }
}
