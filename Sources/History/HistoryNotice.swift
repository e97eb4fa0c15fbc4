// SPDX-License-Identifier: Apache-2.0

/// What somebody should know of the history's file.
package enum HistoryNotice: Hashable, Sendable {
    /// The file was damaged; it has this name now, and a new one was made.
    case setAside(as: String, because: String)
}
