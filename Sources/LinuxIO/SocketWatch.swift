// SPDX-License-Identifier: Apache-2.0

/// Tells once when a descriptor can be read or written. Used on the loop's thread alone; nothing is registered while
/// nobody waits, so its owner may let go of it then.
package final class SocketWatch: ReadinessHandler {
    private let loop: EventLoop
    private let number: Int32
    private var registration: EventLoop.Registration?
    private var onReadable: [() -> Void] = []
    private var onWritable: [() -> Void] = []

    init(_ number: Int32, loop: EventLoop) {
        self.number = number
        self.loop = loop
    }

    /// - Throws: if the kernel cannot watch the descriptor; `body` is not called then.
    package func whenReadable(_ body: @escaping () -> Void) throws(IOError) {
        try watch(interest.union(.readable))
        onReadable.append(body)
    }

    /// - Throws: as ``whenReadable(_:)``.
    package func whenWritable(_ body: @escaping () -> Void) throws(IOError) {
        try watch(interest.union(.writable))
        onWritable.append(body)
    }

    /// Lets go of those who wait: they are told, and find the descriptor as it is.
    package func wakeAll() {
        didBecomeReady([.readable, .writable])
    }

    func didBecomeReady(_ readiness: Readiness) {
        let hasEnded = !readiness.isDisjoint(with: [.hangup, .error])
        var bodies: [() -> Void] = []
        if hasEnded || readiness.contains(.readable) {
            bodies += onReadable
            onReadable = []
        }
        if hasEnded || readiness.contains(.writable) {
            bodies += onWritable
            onWritable = []
        }
        narrow()
        for body in bodies { body() }
    }

    private var interest: Readiness {
        var interest: Readiness = []
        if !onReadable.isEmpty { interest.insert(.readable) }
        if !onWritable.isEmpty { interest.insert(.writable) }
        return interest
    }

    private func watch(_ interest: Readiness) throws(IOError) {
        if let registration {
            loop.change(registration, number, interest)
        } else {
            registration = try loop.register(number, interest, self)
        }
    }

    private func narrow() {
        guard let registration else { return }
        if interest.isEmpty {
            loop.unregister(registration, number)
            self.registration = nil
        } else {
            loop.change(registration, number, interest)
        }
    }
}
