// SPDX-License-Identifier: Apache-2.0

package import Shared

/// News about the history's file that somebody should know.
package enum HistoryNotice: Hashable, Sendable {
    /// The file was damaged; it has this name now, and a new one was made.
    case setAside(as: String, because: String)
    /// This run has the file open for the first time. These workers were alive when another run was killed.
    case opened(orphans: [WorkerInfo])
}
