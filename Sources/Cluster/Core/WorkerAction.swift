// SPDX-License-Identifier: Apache-2.0

/// Actions of a worker's state machine. The driver runs them in order and reports their results.
enum WorkerAction: Sendable {
    indirect case send(WorkerNotice, sequence: Int)
    /// Make a socket of the worker's own. Reported by `didOpen` or `didFailOpening`.
    indirect case bind(ListenerID, ListenRequest)
    /// Accept from the socket that came with the answer. Reported by `didOpen` or `didFailOpening`.
    indirect case openShared(ListenerID, ListenRequest)
    /// Take the connections that the primary accepts. Reported by `didOpen`.
    indirect case openFed(ListenerID, ListenRequest, BoundName?)
    /// Answer those who wait for this listener.
    case refuse(ListenerID, ListenFailure)
    /// Accept no more. Reported by `didDrain`, when its connections are closed too.
    case close(ListenerID)
    /// A descriptor that came and that nobody wants.
    case dropDescriptor
    /// Reported by `didCloseChannel`.
    case closeChannel
    case emit(WorkerEvent)
    /// End the process with code 0.
    case exit
}
