// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A system call on a file of the logs that failed.
struct FileProblem: Error, Hashable, CustomStringConvertible {
    let code: Int32

    init(_ code: Int32 = errno) {
        self.code = code
    }

    var description: String { String(cString: strerror(code)) }
}

/// A file of lines, and the duty to close it.
struct LogFile: ~Copyable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Opens a segment to write to.
    ///
    /// - Parameters:
    ///   - isNew: whether it is made; otherwise it is there and goes on after `size`.
    ///   - adopt: gives a new file to the owner of the directory.
    static func writing(
        _ path: String, isNew: Bool, size: Int, adopt: (Int32, String) -> Void
    ) throws(FileProblem) -> LogFile {
        let flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (isNew ? O_CREAT | O_EXCL : 0)
        let number = open(path, flags, 0o600)
        guard number >= 0 else { throw FileProblem() }
        let file = LogFile(number)
        if isNew { adopt(number, path) }
        // What a crash has left of a line goes.
        if !isNew, ftruncate(number, off_t(size)) != 0 { throw FileProblem() }
        return file
    }

    static func reading(_ path: String) throws(FileProblem) -> LogFile {
        let number = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard number >= 0 else { throw FileProblem() }
        return LogFile(number)
    }

    /// Whether it still has a name.
    var isThere: Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_nlink > 0
    }

    var size: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Writes all of it at `offset`, or nothing: what was written of it is taken back.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileProblem) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
            if count > 0 {
                done += count
            } else if count == 0 || errno != EINTR {
                let problem = FileProblem(count == 0 ? ENOSPC : errno)
                // If even that fails, the next write covers it, and until then nobody reads beyond what is known.
                if done > 0 { _ = ftruncate(descriptor, off_t(offset)) }
                throw problem
            }
        }
    }

    /// Reads as much as there is, up to the buffer's size.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileProblem) -> Int {
        var done = 0
        while done < buffer.count {
            let count = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
            if count > 0 {
                done += count
            } else if count == 0 {
                break
            } else if errno != EINTR {
                throw FileProblem()
            }
        }
        return done
    }
}
