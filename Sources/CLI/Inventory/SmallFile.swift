// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A file that is read as a whole, because it is small by its nature. Also a pipe, as `<(pass show token)` makes one.
enum SmallFile {
    /// Why it is not read, in words for the user.
    struct Failure: Error {
        let errno: Int32
        let reason: String

        init(_ number: Int32) {
            errno = number
            reason = number == ENOENT ? "no such file" : String(cString: strerror(number)).lowercased()
        }

        init(longerThan limit: Int) {
            errno = EFBIG
            reason = "longer than \(limit) bytes"
        }
    }

    /// Whether it can be opened; nothing is taken out of a pipe.
    static func check(_ path: String) throws(Failure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Failure(errno) }
        close(descriptor)
    }

    /// - Parameter limit: more bytes are an error: `/dev/zero` has no end.
    static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(errno)
            }
            bytes += buffer.prefix(count)
            guard bytes.count <= limit else { throw Failure(longerThan: limit) }
        }
    }
}
