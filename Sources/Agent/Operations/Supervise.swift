// SPDX-License-Identifier: Apache-2.0

import Contract
import Shared

extension ClusterOperations {
    /// The rules by which workers are replaced.
    func supervision() async -> SupervisionReply {
        SupervisionReply(await supervisor.policy)
    }

    /// Changes the rules.
    func supervise(_ patch: SupervisionPatch) async throws -> SupervisionReply {
        let policy = try await supervisor.supervise(patch)
        // Two commands may arrive here in another order.
        var noted: SupervisionPolicy
        repeat {
            noted = await supervisor.policy
            await state?.note(noted)
        } while await supervisor.policy != noted
        return SupervisionReply(policy)
    }
}

extension SupervisionReply {
    fileprivate init(_ policy: SupervisionPolicy) {
        self.init(policy: policy, etag: policy.etag)
    }
}
