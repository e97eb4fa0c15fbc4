// SPDX-License-Identifier: Apache-2.0

import Foundation
import HummingbirdCore

/// What a Hummingbird server binds in a worker, because it must bind something: a unix socket to which nobody connects.
struct PlaceholderSocket: Sendable {
    private let path: String

    init() {
        path = FileManager.default.temporaryDirectory.appending(path: "cluster-\(UUID().uuidString).sock").path
    }

    var address: BindAddress { .unixDomainSocket(path: path) }

    /// Once it is bound its name is of no use to anybody.
    func removeName() {
        unlink(path)
    }
}
