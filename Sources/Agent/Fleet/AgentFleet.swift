// SPDX-License-Identifier: Apache-2.0

import Contract
import Fleet
import History
import Logging
import Shared

/// The agent's place in its fleet: what forwards its history, and what reads those of all.
struct AgentFleet: Sendable {
    let options: FleetOptions
    let history: ForwardedHistory
    let link: FleetLink
    let reader: FleetReader

    /// Connects to nothing yet.
    init(
        _ options: FleetOptions, identity: AgentIdentity, history: History, supervisor: any ClusterSupervisor,
        logger: Logger
    ) {
        self.options = options
        let forwarded = ForwardedHistory(history, maxBytes: options.maxLagBytes)
        self.history = forwarded
        let password: @Sendable () -> String? = { options.currentPassword }
        reader = FleetReader(options.address, password: password)
        let own = identity.reply
        let member = FleetMember(
            name: options.name, groups: options.groups, endpoints: options.endpoints, hostname: own.hostname,
            version: own.version, startedAt: own.startedAt)
        var link = FleetLink.Options()
        link.maxAge = options.maxAge
        link.forgetAfter = options.forgetAfter
        let log = FleetLog(logger: logger)
        self.link = FleetLink(
            options.address, password: password, as: member, options: link, history: forwarded,
            forwarded: forwarded.forwarded,
            report: {
                let status = await supervisor.status
                return FleetReport(desired: status.desired, ready: status.ready, phase: status.phase.rawValue)
            }, notify: { log.note($0) })
    }

    /// How it stands, for the API.
    func reply(now: Timestamp) -> FleetReply {
        let status = link.status
        return FleetReply(
            name: options.name, groups: options.groups, endpoints: options.endpoints,
            database: options.address.description, connected: status.isConnected, trouble: status.trouble,
            forwardedSeq: status.forwardedSeq, waiting: status.waiting, lagMs: status.lag(now: now),
            gaps: status.gaps)
    }
}
