// SPDX-License-Identifier: Apache-2.0

package import Shared

extension EventData {
    /// With the number of the instance that the worker was forked for, if it is supervised. Events of an instance are found by
    /// that, although each of its workers has an id of its own.
    package func naming(instanceOf worker: WorkerInfo?) -> EventData {
        guard let instance = worker?.instance, case .object(var fields) = value else { return self }
        fields["instance"] = .integer(Int64(instance))
        return .value(.object(fields))
    }
}
