// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import SystemPackage

/// A listening socket whose connections are accepted on the loop's thread.
package final class ConnectionListener: ReadinessHandler {
    /// Who gets the connections.
    package protocol Delegate: AnyObject {
        func listener(_ listener: ConnectionListener, didAccept connection: consuming OwnedFD)
    }

    private enum State {
        case accepting
        /// Connections wait in the kernel's backlog until `resume`.
        case paused
        /// The process or the machine has no descriptor to spare; a timer tries again. Exits: `scarce`, `paused`.
        case exhausted
        /// As `accepting`, but few descriptors were left a moment ago. Exits: all others.
        case scarce
        /// Another process accepts from here on. What the thread still accepts is handed on. Exits: `closed`.
        case retired
        case closed
    }

    /// Connections accepted for one readiness, so that messages from workers come in between.
    private static let acceptsPerTurn = 64
    private static let retryDelay = Duration.milliseconds(50)
    /// Descriptors that are left for forks, channels and files, so that workers can be steered while many connect.
    private static let mostKept = 32

    /// Gets what the thread has accepted.
    private final class Results: ReadinessHandler {
        private unowned let listener: ConnectionListener

        init(_ listener: ConnectionListener) {
            self.listener = listener
        }

        func didBecomeReady(_ readiness: Readiness) {
            listener.didReturn()
        }
    }

    private let loop: EventLoop
    package let socket: ServerSocket
    private(set) var registration: EventLoop.Registration?
    /// Accepts in this listener's place if others may have the socket.
    private var thread: AcceptThread?
    private var results: EventLoop.Registration?
    /// The thread accepts, or waits in accept(2), or its result was not taken yet.
    private var isAsked = false
    /// What the thread has accepted is being given to the delegate, which may close this listener meanwhile.
    package private(set) var isHandingOn = false
    private var state = State.accepting
    /// The first number that connections may not have.
    private let ceiling: Int32
    private unowned let delegate: any Delegate

    /// Begins to accept. The delegate owns this listener and closes it before it is released.
    package init(_ socket: ServerSocket, loop: EventLoop, delegate: any Delegate) throws(IOError) {
        self.socket = socket
        self.loop = loop
        self.delegate = delegate
        ceiling = Self.ceiling(beside: socket.socket.descriptor.number)
        if socket.isShared {
            let thread = try AcceptThread(socket)
            self.thread = thread
            do throws(IOError) {
                results = try loop.register(thread.done.number, .readable, Results(self))
            } catch {
                thread.close(isAsked: false)
                throw error
            }
        }
        do throws(IOError) {
            registration = try loop.register(number, .readable, self)
        } catch {
            closeThread()
            throw error
        }
    }

    /// Whether connections wait that would be reset at the end, or were accepted and not handed on yet.
    package var holdsConnections: Bool { isAsked || isHandingOn || socket.wouldReset }

    package var hasLostPath: Bool { socket.hasLostPath }

    private var number: Int32 { socket.socket.descriptor.number }

    package func pause() {
        guard state != .closed, state != .retired, state != .paused else { return }
        state = .paused
        watch([])
    }

    package func resume() {
        guard state == .paused else { return }
        state = .accepting
        watch(.readable)
    }

    /// Accepts no more. Once nobody refers to the socket, connections that the kernel still holds are reset.
    package func close() {
        guard state != .closed else { return }
        state = .closed
        unregister()
        closeThread()
    }

    package var isClosed: Bool { state == .closed }

    /// Accepts no more, and leaves the socket to another process. No accepted connection is lost: this listener hands
    /// them on and then closes itself.
    package func retire() {
        guard state != .closed, state != .retired else { return }
        guard isAsked else { return close() }
        state = .retired
        unregister()
    }

    private func closeThread() {
        if let results, let thread { loop.unregister(results, thread.done.number) }
        results = nil
        thread?.close(isAsked: isAsked)
        thread = nil
    }

    /// Accepts up to `count` waiting connections before another socket replaces this one. The others are reset.
    package func acceptRest(atMost count: Int) {
        guard thread == nil else { return }
        for _ in 0..<count {
            let result = clinux_accept(number)
            guard result >= 0 else { return }
            delegate.listener(self, didAccept: OwnedFD(result))
            guard result < ceiling else { return }
        }
    }

    func didBecomeReady(_ readiness: Readiness) {
        // The loop tells of a hang-up (shutdown(2)) also if nobody wants to know, and would do so without end.
        guard state == .accepting || state == .scarce, !isAsked else { return unregister() }
        for _ in 0..<Self.acceptsPerTurn {
            switch state {
            case .accepting: break
            case .scarce:
                guard Self.lowestFree(beside: number).map({ $0 < ceiling }) ?? false else { return rest() }
                state = .accepting
            case .paused, .exhausted, .retired, .closed: return
            }
            if let thread {
                // The socket is not watched until the thread has a result.
                watch([])
                isAsked = true
                return thread.accept(Self.acceptsPerTurn)
            }
            guard take(clinux_accept(number)) else { return }
        }
    }

    private func didReturn() {
        isAsked = false
        isHandingOn = true
        for result in thread?.takeResults() ?? [] {
            if state != .closed { _ = take(result) } else if result >= 0 { _ = OwnedFD(result) }
        }
        isHandingOn = false
        if state == .retired { return close() }
        if state == .accepting || state == .scarce { watch(.readable) }
    }

    /// - Parameter result: a descriptor, or an errno below zero.
    /// - Returns: whether there may be more.
    private func take(_ result: Int32) -> Bool {
        if result >= 0 {
            delegate.listener(self, didAccept: OwnedFD(result))
            guard result >= ceiling, state == .accepting else { return true }
            rest()
            return false
        }
        switch Errno(rawValue: -result) {
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noBufferSpace, .noMemory:
            rest()
            return false
        case .invalidArgument:
            // Another process that has the socket has shut it down (shutdown(2)).
            rest()
            return false
        case .wouldBlock:
            return false
        default:
            // The client has gone already, or the network had an error for that one (accept(2)).
            return true
        }
    }

    /// Without this the loop would spin: the connection stays in the backlog and so the socket stays readable.
    private func rest() {
        guard state == .accepting || state == .scarce else { return }
        state = .exhausted
        watch([])
        loop.schedule(after: Self.retryDelay) { [weak self] in
            guard let self, state == .exhausted else { return }
            state = .scarce
            watch(.readable)
        }
    }

    /// The kernel gives the lowest number that is free, so a high one says that nearly all are taken (open(2)).
    private static func ceiling(beside socket: Int32) -> Int32 {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, let free = lowestFree(beside: socket)
        else {
            return .max
        }
        let most = Int(clamping: limit.rlim_cur)
        return Int32(clamping: most - min(mostKept, max(0, (most - Int(free)) / 4)))
    }

    /// - Parameter open: a descriptor that is open, whichever it is.
    private static func lowestFree(beside open: Int32) -> Int32? {
        let number = fcntl(open, F_DUPFD_CLOEXEC, 0)
        guard number >= 0 else { return nil }
        _ = OwnedFD(number)
        return number
    }

    private func watch(_ interest: Readiness) {
        if let registration { return loop.change(registration, number, interest) }
        // A hang-up was told of meanwhile.
        guard !interest.isEmpty else { return }
        do throws(IOError) {
            registration = try loop.register(number, interest, self)
        } catch {
            rest()
        }
    }

    private func unregister() {
        if let registration { loop.unregister(registration, number) }
        registration = nil
    }
}
