// SPDX-License-Identifier: Apache-2.0

import Shared

@testable import Cluster

/// One worker, as the harness sees it.
struct WorkerModel {
    /// A connection that the worker was sent and has not answered.
    struct Delivery {
        let connection: ConnectionID
        let handle: HandleID
        let sequence: Int
    }

    let pid: Int32
    let settings: ClusterSettings
    let environment: [String: String]
    /// The sockets that it was started with.
    let inherited: [HandleID]
    var isConnected = true
    var isRunning = true
    var messages: [PrimaryMessage] = []
    var signals: [Signal] = []
    /// Those for all of its session.
    var sessionSignals: [Signal] = []
    /// Oldest first.
    var deliveries: [Delivery] = []
    /// The sockets that it was told to use and has not given up.
    var serving: Set<HandleID>
    /// Where it declined a connection a moment ago.
    var resting: Set<HandleID> = []
    /// The sockets that it was sent.
    var sharedWith: [HandleID] = []

    init(pid: Int32, settings: ClusterSettings, environment: [String: String], inherited: [HandleID]) {
        self.pid = pid
        self.settings = settings
        self.environment = environment
        self.inherited = inherited
        serving = Set(inherited)
    }

    func unanswered(_ handle: HandleID) -> Int {
        deliveries.count { $0.handle == handle }
    }

    /// The answers to its queries.
    var replies: [ServerReply] {
        messages.compactMap { if case .server(let reply) = $0 { reply } else { nil } }
    }
}
