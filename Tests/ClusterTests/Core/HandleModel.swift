// SPDX-License-Identifier: Apache-2.0

import Shared

@testable import Cluster

/// One socket, as the harness sees it.
struct HandleModel {
    enum Phase {
        case binding
        case open
        case failed
        case closed
    }

    /// Who has one of several sockets.
    enum Slot: Equatable {
        case free
        case adopted
        case held(WorkerID)
        /// Workers of one instance have had it together; some may have left.
        case shared(Set<WorkerID>)
    }

    let use: SocketUse
    /// Workers are started with it.
    let isInherited: Bool
    var slots: [SlotID: Slot]
    var phase = Phase.binding
    var isPaused = false
    /// The last server that used it was closed by its worker, which gives it up.
    var isClosedByWorkers = false
    /// Its path leads elsewhere, and no other socket could be made there.
    var isLost = false
    /// The timer of its last worker's end fires.
    var hasLingered = false

    init(_ use: SocketUse, isInherited: Bool = false) {
        self.use = use
        self.isInherited = isInherited
        slots = use == .slots ? [SlotID(rawValue: 0): .free] : [:]
    }

    /// Whether connections can reach the primary here.
    var isAccepting: Bool { use == .accepted || slots.values.contains(.adopted) }
}
