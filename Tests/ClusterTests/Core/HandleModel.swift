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
        /// All its workers hang, and the primary accepts too.
        case rescued(Set<WorkerID>)
    }

    let use: SocketUse
    /// Workers are started with it.
    let isInherited: Bool
    var slots: [SlotID: Slot]
    /// In the order in which they began to listen.
    var order: [SlotID]
    /// What the kernel was told last.
    var program: KernelProgram?
    /// Workers that say that they listen.
    var listening: Set<WorkerID> = []
    var phase = Phase.binding
    var isPaused = false
    /// It is about to close: no new clients come, and the primary accepts from all its slots.
    var isEmptied = false
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
        order = Array(slots.keys)
    }

    /// Whether connections can reach the primary here.
    var isAccepting: Bool {
        use == .accepted || (use == .slots && isEmptied) || slots.values.contains(where: \.isPrimarys)
    }
}

extension HandleModel.Slot {
    /// Whether the primary accepts from it.
    var isPrimarys: Bool {
        switch self {
        case .adopted, .rescued: true
        case .free, .held, .shared: false
        }
    }

    var holders: Set<WorkerID> {
        switch self {
        case .free, .adopted: []
        case .held(let worker): [worker]
        case .shared(let workers), .rescued(let workers): workers
        }
    }
}
