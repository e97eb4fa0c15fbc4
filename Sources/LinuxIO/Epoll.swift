// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import SystemPackage

/// An epoll instance. It is level-triggered: unread data is reported again.
struct Epoll: ~Copyable {
    private let descriptor: OwnedFD
    private let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 256)

    init() throws(IOError) {
        descriptor = OwnedFD(try systemCall("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
    }

    deinit {
        events.deallocate()
    }

    /// Begins to watch; `tag` comes back with each event.
    func add(_ number: Int32, _ interest: Readiness, tag: UInt64) throws(IOError) {
        try control(EPOLL_CTL_ADD, number, interest, tag)
    }

    func modify(_ number: Int32, _ interest: Readiness, tag: UInt64) throws(IOError) {
        try control(EPOLL_CTL_MOD, number, interest, tag)
    }

    func remove(_ number: Int32) throws(IOError) {
        try control(EPOLL_CTL_DEL, number, [], 0)
    }

    private func control(_ operation: Int32, _ number: Int32, _ interest: Readiness, _ tag: UInt64) throws(IOError) {
        var event = epoll_event(events: interest.rawValue, data: epoll_data_t(u64: tag))
        try systemCall("epoll_ctl") { epoll_ctl(descriptor.number, operation, number, &event) }
    }

    /// Waits for events and hands each to `body`.
    ///
    /// - Parameter milliseconds: how long at most; -1 is forever.
    func wait(milliseconds: Int32, _ body: (_ tag: UInt64, _ readiness: Readiness) -> Void) throws(IOError) {
        let count = epoll_wait(descriptor.number, events.baseAddress, Int32(events.count), milliseconds)
        if count < 0 {
            let code = Errno(rawValue: errno)
            // The caller computes the remaining time again.
            if code == .interrupted { return }
            throw IOError("epoll_wait", code)
        }
        for event in events[..<Int(count)] { body(event.data.u64, Readiness(rawValue: event.events)) }
    }
}
