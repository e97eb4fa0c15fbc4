// SPDX-License-Identifier: Apache-2.0

/// What the kernel was told of the slots of one handle.
struct KernelSteering {
    /// Whether the kernel leaves out slots, and spreads connections as we say. False if it has refused the last program.
    private(set) var isWorking = true
    /// Which instance's slot has which clients; nil if any slot may get any client.
    private var sticky: StickyTable?
    /// What the kernel was told last, whether it took that or not.
    private var program: KernelProgram?
    /// The program for sticky clients that the kernel has not taken. The one for any clients is much shorter.
    private var refused: KernelProgram?

    init(isSticky: Bool) {
        sticky = isSticky ? StickyTable([]) : nil
    }

    /// What the kernel is to do from now on; nil if nothing changes. A program that it has refused is not tried again before
    /// ``retry()``.
    ///
    /// - Parameter entrances: the slots that new connections may enter.
    mutating func changedProgram(_ entrances: [(place: Int, instance: Int?)]) -> KernelProgram? {
        guard !entrances.isEmpty else { return nil }
        sticky?.update(Set(entrances.compactMap(\.instance)))
        var next = KernelProgram(entrances, sticky)
        if next == refused { next = KernelProgram(entrances, nil) }
        guard next != program else { return nil }
        program = next
        return next
    }

    /// - Returns: whether another program may follow, or the slots are to be looked at again.
    mutating func didTell(succeeded: Bool) -> Bool {
        let wasWorking = isWorking
        isWorking = succeeded
        guard let program, program.isSticky else { return wasWorking != succeeded }
        refused = succeeded ? nil : program
        return wasWorking != succeeded || !succeeded
    }

    /// There is a new worker, and somebody may have changed the kernel's limits for its sake.
    mutating func retry() {
        refused = nil
        if !isWorking { program = nil }
    }
}
