// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import LinuxIO

@Suite struct OwnedFDTests {
    @Test func `an owned descriptor closes at the end of its life`() throws {
        let pair = try SocketPair()
        defer { close(pair.far) }
        do { _ = OwnedFD(pair.near) }
        #expect(SocketPair.peerCloses(pair.far))
    }

    @Test func `a released descriptor is not closed`() throws {
        let pair = try SocketPair()
        defer { close(pair.far) }
        let number = OwnedFD(pair.near).relinquish()
        #expect(!SocketPair.isPeerClosed(pair.far))
        close(number)
    }

    @Test func `a duplicate lives on and is close-on-exec`() throws {
        let pair = try SocketPair()
        defer { close(pair.far) }
        do {
            let copy: OwnedFD
            do {
                let descriptor = OwnedFD(pair.near)
                copy = try descriptor.duplicated()
            }
            #expect(!SocketPair.isPeerClosed(pair.far))
            let flags = fcntl(copy.number, F_GETFD)
            #expect(flags & FD_CLOEXEC != 0)
        }
        #expect(SocketPair.peerCloses(pair.far))
    }

    @Test func `adopting copies and leaves the original alone`() throws {
        let pair = try SocketPair()
        defer { close(pair.far) }
        do { _ = try OwnedFD.adopting(pair.near) }
        #expect(!SocketPair.isPeerClosed(pair.far))
        close(pair.near)
    }

    @Test(arguments: [-1, Int32.max])
    func `adopting a descriptor that is not open is an error`(_ number: Int32) {
        #expect(throws: IOError.self) { _ = try OwnedFD.adopting(number) }
    }

    @Test func `a negative number traps`() async {
        await #expect(processExitsWith: .failure) { _ = OwnedFD(-1) }
    }
}
