// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import Hummingbird
import Shared
import WorkerLogs

/// Routes about the agent itself: health, version, contract.
struct StatusRoutes: Sendable {
    let recorder: EventRecorder
    let phase: AgentPhase
    let identity: AgentIdentity
    let reserve: DescriptorReserve
    let supervisor: any ClusterSupervisor
    let output: WorkerOutput?
    let addresses: ServedAddresses
    let belongsToFleet: Bool

    func add(to router: Router<AgentRequestContext>) {
        router.on(.health) { _ in try .json(HealthReply.ok) }
        router.on(.ready) { _ in
            guard let reason = await trouble else { return try .json(HealthReply.ok) }
            return try .json(HealthReply(status: "unavailable", reason: reason), status: .serviceUnavailable)
        }
        router.on(.getVersion) { _ in
            var reply = identity.reply
            reply.urls = addresses.urls
            return try .json(reply)
        }
        router.on(.getCaller) { call in
            let caller = try call.context.caller
            return try .json(
                CallerReply(
                    principal: caller.description, role: caller.role,
                    scopes: caller.scopes.sorted { $0.rawValue < $1.rawValue }, fleet: belongsToFleet))
        }
        router.on(.openAPI) { _ in
            Response(
                status: .ok, headers: [.contentType: "application/yaml"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml)))
        }
    }

    private var trouble: String? {
        get async {
            switch phase.current {
            case .starting: return "the agent is starting"
            case .ready:
                if let trouble = reserve.shortage ?? recorder.trouble ?? output?.store.trouble { return trouble }
                return await supervisor.status.trouble
            case .stopping: return "the agent is shutting down"
            }
        }
    }
}

extension SupervisionStatus {
    /// Why no worker serves although some should. Nil if all is well. Callers without a token can read this, so it has
    /// no words of the workers.
    fileprivate var trouble: String? {
        guard desired > 0, ready == 0 else { return nil }
        guard let lastFailure, phase != .progressing else { return "no worker is ready yet; \(desired) are wanted" }
        return "no worker is ready; \(desired) are wanted, and the last one \(lastFailure.inWords)"
    }
}
