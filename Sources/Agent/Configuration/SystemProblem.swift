// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Why a system call failed, and what the operator can do about it.
struct SystemProblem: Error, Hashable, Sendable, CustomStringConvertible {
    let code: Int32

    /// - Parameter code: a positive errno.
    init(_ code: Int32 = errno) {
        self.code = code
    }

    var description: String {
        let text = String(cString: strerror(code))
        return advice.map { "\(text); \($0)" } ?? text
    }

    /// Whether a resource is used up that may be free again later, or is held back by a limit.
    var isLack: Bool { [EMFILE, ENFILE, ENOMEM, EAGAIN, ENOBUFS].contains(code) }

    /// What to do about it. Nil if the text of the error number says enough.
    var advice: String? {
        switch code {
        case ENOSPC, EDQUOT: "free some space on that disk"
        case EROFS: "that file system is mounted read-only; mount it for writing, or name another place"
        case EACCES, EPERM: "give user \(geteuid()) the right to it, or name another place"
        case EMFILE: "raise the limit of open files (ulimit -n, LimitNOFILE=)"
        case ENFILE: "the machine has no file to spare; raise fs.file-max, or end what holds so many"
        case ENOMEM, ENOBUFS: "free some memory, or raise its limit (MemoryMax=, ulimit -v)"
        case EAGAIN: "raise the limit of processes (ulimit -u, TasksMax=)"
        case EIO: "check that disk"
        case ESPIPE: "a pipe or a device cannot be read again at SIGHUP; put a regular file there"
        default: nil
        }
    }
}
