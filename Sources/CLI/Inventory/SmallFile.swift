// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A small file that is read as a whole.
enum SmallFile {
    /// Why it was not read, in words for the user.
    struct Failure: Error {
        let errno: Int32
        let reason: String

        init(_ number: Int32) {
            errno = number
            reason = number == ENOENT ? "no such file" : String(cString: strerror(number)).lowercased()
        }

        init(_ number: Int32, _ reason: String) {
            errno = number
            self.reason = reason
        }

        static let late = Failure(ETIMEDOUT, "it did not come in time; give it longer with --timeout")

        /// Time was up before the end of the file.
        var isLate: Bool { errno == ETIMEDOUT }
    }

    /// The kinds of files that a name may lead to.
    enum Kind: Sendable {
        /// A file on a disk, which can be read again.
        case regular
        /// Also a pipe, as `<(pass show token)` makes one. Its writer may take its time.
        case any
    }

    /// Whether it can be opened. Nothing is read from a pipe.
    static func check(_ path: String, until deadline: ContinuousClock.Instant) throws(Failure) {
        let result = Errand.result(until: deadline) {
            Result { () throws(Failure) in
                let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
                guard descriptor >= 0 else { throw Failure(errno) }
                close(descriptor)
            }
        }
        guard let result else { throw .late }
        try result.get()
    }

    /// - Parameters:
    ///   - limit: more bytes are an error, because `/dev/zero` has no end.
    ///   - deadline: for a pipe. A disk that does not answer blocks the caller; ``readAside(_:limit:_:until:)`` does
    ///     not block.
    static func read(
        _ path: String, limit: Int, _ kind: Kind, until deadline: ContinuousClock.Instant = .now
    ) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw Failure(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Failure(errno) }
        let type = status.st_mode & S_IFMT
        guard type != S_IFDIR else { throw Failure(EISDIR) }
        guard type == S_IFREG || kind == .any else { throw Failure(EINVAL, "it is not a regular file") }
        return try content(limit: limit) { (buffer: inout [UInt8]) throws(Failure) -> Int in
            while true {
                if type != S_IFREG { try wait(for: descriptor, until: deadline) }
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                // Somebody else has read what was in the pipe. A regular file never has more later.
                if count < 0, errno == EAGAIN, type != S_IFREG, deadline > .now { continue }
                return count
            }
        }
    }

    /// All that `read` gives until its end.
    ///
    /// - Parameter read: like read(2).
    static func content(
        limit: Int, _ read: (inout [UInt8]) throws(Failure) -> Int
    ) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = try read(&buffer)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(errno)
            }
            bytes += buffer.prefix(count)
            guard bytes.count <= limit else { throw Failure(EFBIG, "longer than \(limit) bytes") }
        }
    }

    /// Like ``read(_:limit:_:until:)``, but it returns in time even if the file's disk does not answer.
    static func readAside(
        _ path: String, limit: Int, _ kind: Kind, until deadline: ContinuousClock.Instant
    ) throws(Failure) -> [UInt8] {
        let result = Errand.result(until: deadline) {
            Result { () throws(Failure) in try read(path, limit: limit, kind, until: deadline) }
        }
        guard let result else { throw .late }
        return try result.get()
    }

    /// Waits until there is something to read, or the last writer has gone. A pipe without a writer counts as neither,
    /// because it was opened without waiting (fifo(7)).
    private static func wait(for descriptor: Int32, until deadline: ContinuousClock.Instant) throws(Failure) {
        while true {
            var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let left = max(0, min((deadline - .now).wholeMilliseconds, 60_000))
            let count = poll(&ready, 1, Int32(left))
            if count > 0 { return }
            if count < 0, errno != EINTR { throw Failure(errno) }
            if count == 0, deadline <= .now { throw .late }
        }
    }
}
