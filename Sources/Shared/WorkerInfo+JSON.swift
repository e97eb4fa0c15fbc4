// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

extension WorkerInfo {
    /// The worker in the API's form: one line of JSON in UTF-8.
    public func json() throws -> [UInt8] {
        [UInt8](try Event.encoder.encode(self))
    }
}
