// SPDX-License-Identifier: Apache-2.0

import CLinux

/// The kinds of readiness of a descriptor (epoll_ctl(2)).
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let readable = Readiness(rawValue: EPOLLIN.rawValue)
    package static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
    /// Always reported, asked for or not.
    package static let hangup = Readiness(rawValue: EPOLLHUP.rawValue)
    /// Always reported, asked for or not.
    package static let error = Readiness(rawValue: EPOLLERR.rawValue)
    /// The other end sends nothing more (EPOLLRDHUP).
    package static let ended = Readiness(rawValue: EPOLLRDHUP.rawValue)
    /// Not a kind: each readiness is reported once (epoll(7), EPOLLET).
    package static let edge = Readiness(rawValue: EPOLLET.rawValue)
}
