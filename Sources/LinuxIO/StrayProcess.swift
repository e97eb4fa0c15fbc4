// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// A process that is not a child of this one, held by a pidfd. So nothing that is read about it or done to it can hit
/// another process with its number.
package final class StrayProcess {
    private let pid: Int32
    private let pidfd: OwnedFD

    /// Nil if there is no such process.
    package init?(pid: Int32) {
        let pidfd = clinux_pidfd_open(pid)
        guard pidfd >= 0 else { return nil }
        self.pid = pid
        self.pidfd = OwnedFD(pidfd)
    }

    /// The living processes of a session whose leader has ended, at most `limit` of them.
    package static func members(ofSession leader: Int32, atMost limit: Int = 1024) -> [StrayProcess] {
        let pids = [Int32](unsafeUninitializedCapacity: limit) { buffer, count in
            count = Int(clinux_session_members(-1, leader, buffer.baseAddress, Int32(limit)))
        }
        return pids.compactMap(StrayProcess.init(pid:))
    }

    /// When it began, in milliseconds since 1970 by this machine's clock, to 10 ms; nil if it has ended.
    package var startedAt: Int64? {
        // In ticks.
        guard let fields = Self.statusFields(pid), fields.count > 19,
            let ticks = Int64(String(decoding: fields[19], as: UTF8.self))
        else { return nil }
        let sinceBoot = ticks * 1000 / Int64(sysconf(Int32(_SC_CLK_TCK)))
        return Self.milliseconds(CLOCK_REALTIME) - Self.milliseconds(CLOCK_BOOTTIME) + sinceBoot
    }

    /// The fields of `/proc/PID/stat` behind the name, which may hold anything: the state is the first of them, the parent the
    /// second, the start the 20th, the resident pages the 22nd (proc(5)).
    static func statusFields(_ pid: Int32) -> [ArraySlice<UInt8>]? {
        guard let status = contents("/proc/\(pid)/stat"), let end = status.lastIndex(of: UInt8(ascii: ")")) else {
            return nil
        }
        return status[(end + 1)...].split(separator: UInt8(ascii: " "))
    }

    /// Its parent's number: after the parent's end, that of who takes its place (PR_SET_CHILD_SUBREAPER, prctl(2)). Nil if
    /// it has ended.
    package var parent: Int32? { Self.parent(of: pid) }

    /// Whether a process is this one, or this one's parent, or that one's, and so on.
    package static func isAncestor(_ pid: Int32) -> Bool {
        var next: Int32? = getpid()
        while let current = next, current > 0 {
            if current == pid { return true }
            next = parent(of: current)
        }
        return false
    }

    /// Whether a process runs the program of this one, or what had its path before an update. False if that cannot be read.
    package static func runsThisProgram(_ pid: Int32) -> Bool {
        guard let own = program("self"), let other = program("\(pid)") else { return false }
        return own == other
    }

    /// The link's text (proc_pid_exe(5)).
    private static func program(_ process: String) -> [UInt8]? {
        let path = [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
            let bytes = UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self)
            count = bytes.map { max(0, readlink("/proc/\(process)/exe", $0, buffer.count)) } ?? 0
        }
        guard !path.isEmpty else { return nil }
        let deleted = Array(" (deleted)".utf8)
        return path.suffix(deleted.count).elementsEqual(deleted) ? path.dropLast(deleted.count) : path
    }

    private static func parent(of pid: Int32) -> Int32? {
        guard let fields = statusFields(pid), fields.count > 1 else { return nil }
        return Int32(String(decoding: fields[1], as: UTF8.self))
    }

    /// Whether it was started with this variable in its environment; false if that cannot be read.
    package func hasEnvironment(_ name: String, _ value: String) -> Bool {
        let entries = Self.contents("/proc/\(pid)/environ")?.split(separator: 0) ?? []
        return entries.contains { $0.elementsEqual("\(name)=\(value)".utf8) }
    }

    /// Kills it and all others of its session.
    package func kill() {
        _ = clinux_signal_session(pidfd.number, pid, SIGKILL)
    }

    /// Waits for its end.
    /// - Returns: false if it is still there after `milliseconds`.
    package func hasEnded(within milliseconds: Int32) -> Bool {
        // Readable from its end on (pidfd_open(2)).
        var query = pollfd(fd: pidfd.number, events: Int16(POLLIN), revents: 0)
        return poll(&query, 1, milliseconds) == 1
    }

    private static func milliseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    static func contents(_ path: String) -> [UInt8]? {
        guard let number = try? systemCall("open", { open(path, O_RDONLY | O_CLOEXEC) }) else { return nil }
        let file = OwnedFD(number)
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(file.number, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count == 0 ? contents : nil }
            contents += buffer[..<count]
        }
    }
}
