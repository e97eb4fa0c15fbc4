// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import SystemPackage

/// The socket on which services report their state: the other end of sd_notify(3). Its name is abstract, so no file can
/// be unreachable for another user or be left behind.
package final class NotifySocket: ReadinessHandler {
    package protocol Delegate: AnyObject {
        /// - Parameters:
        ///   - sender: as the kernel tells it. 0 for a process that it does not know.
        ///   - bytes: valid during the call only.
        func notifySocket(_ socket: NotifySocket, didReceive bytes: UnsafeRawBufferPointer, from sender: Int32)
    }

    /// As the variable NOTIFY_SOCKET has it: `@` stands for the NUL.
    package let name: String

    private let descriptor: OwnedFD
    private let loop: EventLoop
    private var registration: EventLoop.Registration?
    private unowned let delegate: any Delegate

    /// Datagrams for one readiness, so that one busy sender does not starve the others.
    private static let datagramsPerTurn = 64
    /// More than a queue holds (net.unix.max_dgram_qlen), so that everything there at the beginning is read.
    private static let datagramsPerDrain = 1024
    /// As systemd takes them; the rest of a longer one is lost.
    private static let largestDatagram = 4096

    /// The delegate owns this socket and closes it before it is released.
    package init(loop: EventLoop, delegate: any Delegate) throws(IOError) {
        descriptor = OwnedFD(
            try systemCall("socket") {
                socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
            })
        self.loop = loop
        self.delegate = delegate
        let number = descriptor.number
        var on: Int32 = 1
        // Before the bind, so that nothing comes without its sender.
        try systemCall("setsockopt") {
            setsockopt(number, SOL_SOCKET, SO_PASSCRED, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        name = try Self.bindAnywhere(descriptor)
        registration = try loop.register(number, .readable, self)
    }

    /// Lets the kernel choose a name that nobody has (unix(7), autobind).
    private static func bindAnywhere(_ descriptor: borrowing OwnedFD) throws(IOError) -> String {
        let number = descriptor.number
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        var length = socklen_t(MemoryLayout<sa_family_t>.size)
        try withUnsafeMutablePointer(to: &name) { name throws(IOError) in
            try name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name throws(IOError) in
                try systemCall("bind") { Glibc.bind(number, name, length) }
                length = socklen_t(MemoryLayout<sockaddr_un>.size)
                try systemCall("getsockname") { getsockname(number, name, &length) }
            }
        }
        return withUnsafeBytes(of: &name) { bytes in
            // The NUL that makes it abstract is left out.
            let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + 1
            return "@" + String(decoding: bytes[start..<Int(length)], as: UTF8.self)
        }
    }

    func didBecomeReady(_ readiness: Readiness) {
        for _ in 0..<Self.datagramsPerTurn {
            guard receive() else { return }
        }
    }

    /// Receives everything that is there at this call. Messages that come later may stay unread.
    package func drain() {
        for _ in 0..<Self.datagramsPerDrain {
            guard receive() else { return }
        }
    }

    /// False if there is nothing more.
    private func receive() -> Bool {
        guard registration != nil else { return false }
        return loop.withScratch { scratch in
            var sender: pid_t = 0
            let count = clinux_receive_from(descriptor.number, scratch.baseAddress, Self.largestDatagram, &sender)
            guard count >= 0 else { return false }
            delegate.notifySocket(
                self, didReceive: UnsafeRawBufferPointer(rebasing: scratch[..<count]), from: sender)
            return true
        }
    }

    package func close() {
        if let registration { loop.unregister(registration, descriptor.number) }
        registration = nil
    }
}
