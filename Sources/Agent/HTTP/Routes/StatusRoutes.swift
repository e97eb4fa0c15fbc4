// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import Hummingbird
import Shared

/// The agent about itself: verdicts, version, contract.
struct StatusRoutes: Sendable {
    let recorder: EventRecorder
    let phase: AgentPhase
    let identity: AgentIdentity
    let reserve: DescriptorReserve

    func add(to router: Router<AgentRequestContext>) {
        router.on(.health) { _ in try .json(HealthReply.ok) }
        router.on(.ready) { _ in
            guard let reason = trouble else { return try .json(HealthReply.ok) }
            return try .json(HealthReply(status: "unavailable", reason: reason), status: .serviceUnavailable)
        }
        router.on(.getVersion) { _ in try .json(identity.reply) }
        router.on(.openAPI) { _ in
            Response(
                status: .ok, headers: [.contentType: "application/yaml"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml)))
        }
    }

    private var trouble: String? {
        switch phase.current {
        case .starting: "the agent is starting"
        case .ready: reserve.shortage ?? recorder.trouble
        case .stopping: "the agent is shutting down"
        }
    }
}
