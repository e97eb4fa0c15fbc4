// SPDX-License-Identifier: Apache-2.0

package import Shared

/// What somebody should know of the history's file.
package enum HistoryNotice: Hashable, Sendable {
    /// The file was damaged; it has this name now, and a new one was made.
    case setAside(as: String, because: String)
    /// This run has the file open for the first time. These workers were alive when another run was killed.
    case opened(orphans: [WorkerInfo])
}
