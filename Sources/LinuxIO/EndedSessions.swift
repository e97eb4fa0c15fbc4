// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// What lives on in the sessions of processes that have ended and are not reaped yet.
///
/// Each search reads all processes of the machine. A thousand workers may end at once, so one search serves all that
/// have ended by then.
struct EndedSessions {
    /// The most that one search can find. There are more only in an attack.
    private static let capacity = 4096

    /// For each ended process, the other processes of its session at the last search. Only children of these can join
    /// such a session.
    private var survivors: [Int32: [Int32]] = [:]
    /// How many searches there were.
    private(set) var looks = 0

    /// The processes that live on in the session of an ended process, at most ``ProcessExit/mostSurvivors``.
    ///
    /// - Parameter others: more processes that may have ended.
    mutating func survivors(of process: ProcessHandle, among others: some Sequence<ProcessHandle>) -> [Int32] {
        if let known = survivors.removeValue(forKey: process.pid) { return known }
        looks += 1
        var ended = Self.ended(of: others)
        ended.insert(process.pid)
        guard let found = Self.members(of: ended) else { return process.others() }
        for pid in ended { survivors[pid] = found[pid] ?? [] }
        return survivors.removeValue(forKey: process.pid) ?? []
    }

    /// Its number may become another process's.
    mutating func forget(_ pid: Int32) {
        survivors[pid] = nil
    }

    private static func ended(of processes: some Sequence<ProcessHandle>) -> Set<Int32> {
        let processes = Array(processes)
        var queries = processes.map { pollfd(fd: $0.pidfd.number, events: Int16(POLLIN), revents: 0) }
        guard poll(&queries, nfds_t(queries.count), 0) > 0 else { return [] }
        return Set(zip(processes, queries).lazy.filter { $0.1.revents != 0 }.map(\.0.pid))
    }

    /// Nil if there are too many.
    private static func members(of leaders: Set<Int32>) -> [Int32: [Int32]]? {
        let leaders = leaders.sorted()
        let found = [clinux_member](unsafeUninitializedCapacity: capacity) { buffer, count in
            count = Int(
                clinux_sessions_members(leaders, Int32(leaders.count), buffer.baseAddress, Int32(buffer.count)))
        }
        guard found.count < capacity else { return nil }
        var members: [Int32: [Int32]] = [:]
        for member in found where members[member.session, default: []].count < ProcessExit.mostSurvivors {
            members[member.session, default: []].append(member.pid)
        }
        return members
    }
}
