// SPDX-License-Identifier: Apache-2.0

import Shared

@testable import Supervision

// What callers ask for, and what they see.
extension SupervisorHarness {
    private func request(_ conflict: OperationRequest.Conflict = .refuse) -> OperationRequest {
        let number = nextOperationNumber()
        return OperationRequest(
            id: OperationID(rawValue: "op\(number)"), origin: "request-\(number)", conflict: conflict)
    }

    @discardableResult
    func scale(_ count: Int, _ conflict: OperationRequest.Conflict = .refuse) throws(ClusterError) -> OperationInfo {
        let request = request(conflict)
        return try performThrowing { machine, now throws(ClusterError) in
            try machine.scale(to: count, request, at: now)
        }
    }

    @discardableResult
    func restart(
        _ instances: Set<Int>, _ conflict: OperationRequest.Conflict = .refuse
    ) throws(ClusterError) -> OperationInfo {
        let request = request(conflict)
        return try performThrowing { machine, now throws(ClusterError) in
            try machine.restart(instances: instances, request, at: now)
        }
    }

    @discardableResult
    func reload(
        _ revision: RevisionID = .two, _ conflict: OperationRequest.Conflict = .refuse,
        _ configure: (inout ReloadPlan) -> Void = { _ in }
    ) throws(ClusterError) -> OperationInfo {
        var plan = ReloadPlan(to: Revision(id: revision, readiness: readiness))
        configure(&plan)
        let request = request(conflict)
        return try performThrowing { [plan] machine, now throws(ClusterError) in
            try machine.reload(plan, request, at: now)
        }
    }

    // MARK: What is seen

    var status: SupervisionStatus { machine.status }
    var infos: [InstanceInfo] { machine.instanceInfos(at: now) }
    var states: [InstanceInfo.State] { infos.map(\.state) }

    func events(_ isWanted: (SupervisorEvent.Kind) -> Bool) -> [SupervisorEvent] {
        events.filter { isWanted($0.kind) }
    }

    /// The delays before the tries that instances were given.
    var delays: [Int64] {
        events.compactMap { if case .restart(_, let delayMs) = $0.kind { delayMs } else { nil } }
    }

    /// The steps of the desired number.
    var scales: [[Int]] {
        events.compactMap { if case .scale(let from, let to) = $0.kind { [from, to] } else { nil } }
    }
}

extension RevisionID {
    static let one = RevisionID(rawValue: 1)
    static let two = RevisionID(rawValue: 2)
    static let three = RevisionID(rawValue: 3)
}
