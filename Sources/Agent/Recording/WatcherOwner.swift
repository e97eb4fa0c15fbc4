// SPDX-License-Identifier: Apache-2.0

/// Who counts as one where places for watchers are shared out: a caller at an address. On the unix socket there is none.
struct WatcherOwner: Hashable, Sendable {
    var principal: String?
    var address: ClientAddress?
}
