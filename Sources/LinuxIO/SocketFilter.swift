// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// One instruction of a classic BPF program as the kernel reads it (linux/filter.h, struct sock_filter).
package struct FilterInstruction: Hashable, Sendable {
    package let code: UInt16
    package let ifTrue: UInt8
    package let ifFalse: UInt8
    package let value: UInt32

    package init(_ code: UInt16, _ value: UInt32 = 0, ifTrue: UInt8 = 0, ifFalse: UInt8 = 0) {
        self.code = code
        self.ifTrue = ifTrue
        self.ifFalse = ifFalse
        self.value = value
    }
}

extension ServerSocket {
    /// asm-generic/socket.h
    private static let attachProgram: Int32 = 51
    private static let detachProgramOption: Int32 = 68

    /// Lets a program choose the socket of this one's group that gets a connection (socket(7), SO_ATTACH_REUSEPORT_CBPF).
    ///
    /// - Throws: EINVAL if the kernel does not take the program, or has no group for this socket.
    package func attach(_ program: [FilterInstruction]) throws(IOError) {
        try attach(program, Self.attachProgram)
    }

    private func attach(_ program: [FilterInstruction], _ option: Int32) throws(IOError) {
        let number = socket.descriptor.number
        // struct sock_fprog: a length and a pointer.
        let code = program.withUnsafeBufferPointer { instructions in
            var header = (UInt64(instructions.count), UnsafeRawPointer(instructions.baseAddress))
            return setsockopt(number, SOL_SOCKET, option, &header, 16) == 0 ? 0 : errno
        }
        guard code == 0 else { throw IOError("setsockopt", .init(rawValue: code)) }
    }

    /// The kernel spreads the group's connections in its own way from now on (SO_DETACH_REUSEPORT_BPF). No program is no error.
    package func detachProgram() {
        var unused: Int32 = 0
        _ = setsockopt(socket.descriptor.number, SOL_SOCKET, Self.detachProgramOption, &unused, 4)
    }

    /// Keeps new clients from a TCP socket of our own, for as long as anybody has it. Those that have begun to connect still
    /// come, and what waits in the socket stays. If the kernel refuses, nothing changes.
    ///
    /// Closing a socket resets what waits in it, so nobody may come between the last accept(2) and close(2). A new client's first
    /// packet is dropped. It sends another one a second later, and is refused, or comes to the next server of the port.
    package func refuseClients() {
        // Another process may use a socket that it has given us after our end. The filter would stay.
        guard !socket.isBorrowed, port != nil, !isDatagram else { return }
        // The flags in the TCP header (RFC 9293, 3.1): SYN without ACK.
        try? attach(
            [
                FilterInstruction(0x30, 13),
                FilterInstruction(0x54, 0x12),
                FilterInstruction(0x15, 0x02, ifTrue: 0, ifFalse: 1),
                FilterInstruction(0x06, 0),
                FilterInstruction(0x06, .max),
            ], SO_ATTACH_FILTER)
    }

    /// How many connections wait that nobody has accepted (tcp(7), TCP_INFO: a listener's tcpi_unacked).
    package var backlog: Int {
        var info = [UInt32](repeating: 0, count: 26)
        var size = socklen_t(info.count * 4)
        let result = getsockopt(socket.descriptor.number, Int32(IPPROTO_TCP), TCP_INFO, &info, &size)
        return result == 0 ? Int(info[6]) : 0
    }

    /// Whether connections wait that nobody has accepted.
    package var hasBacklog: Bool { backlog > 0 }
}
