// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared

extension PrimaryEvent {
    /// Whether the primary script has caused it.
    var isOfScript: Bool {
        requestID.map { CommandOrigin(carried: $0).principal } == Principal.primaryScript.description
    }
}
