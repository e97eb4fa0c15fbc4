// SPDX-License-Identifier: Apache-2.0

package import Shared

/// What a supervisor says of the workers to come, by which the primary decides how long a socket without workers is kept.
package struct WorkerExpectation: Hashable, Sendable {
    /// Whether no worker is wanted.
    package var isEmpty: Bool
    /// Whether a worker is to come that will want the sockets of the one before it.
    package var isReplacementDue: Bool
    /// The sockets that the next worker is started with.
    package var listen: [ListenURL]
    /// How long a supervised worker may take that somebody tells to go; nil: for ever.
    package var ending: EndingPlan?

    package init(isEmpty: Bool, isReplacementDue: Bool, listen: [ListenURL], ending: EndingPlan? = nil) {
        self.isEmpty = isEmpty
        self.isReplacementDue = isReplacementDue
        self.listen = listen
        self.ending = ending
    }
}
