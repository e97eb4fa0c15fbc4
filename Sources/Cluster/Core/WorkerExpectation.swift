// SPDX-License-Identifier: Apache-2.0

package import Shared

/// A supervisor's plans for workers. They decide how long the primary keeps a socket without workers.
package struct WorkerExpectation: Hashable, Sendable {
    /// Whether no worker is wanted.
    package var isEmpty: Bool
    /// Whether a worker is due that will want the sockets of the one before it.
    package var isReplacementDue: Bool
    /// The sockets that the next worker is started with.
    package var listen: [ListenURL]
    /// How long a leaving supervised worker may take. Nil forever.
    package var ending: EndingPlan?

    package init(isEmpty: Bool, isReplacementDue: Bool, listen: [ListenURL], ending: EndingPlan? = nil) {
        self.isEmpty = isEmpty
        self.isReplacementDue = isReplacementDue
        self.listen = listen
        self.ending = ending
    }
}
