// SPDX-License-Identifier: Apache-2.0

import Shared

extension ForkRequest {
    /// - Throws: `INVALID_FIELD` where the count is out of range or a variable cannot be set (environ(7)).
    func check() throws(ClusterError) {
        if let count, !(1...1000).contains(count) {
            throw Self.invalid("count", "it must be from 1 to 1000")
        }
        for (name, value) in env ?? [:] {
            // The value may be a secret and is not repeated.
            if name.isEmpty || name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "=") }) {
                throw Self.invalid("env", "\"\(name)\" cannot be the name of a variable")
            }
            if value.utf8.contains(0) {
                throw Self.invalid("env.\(name)", "a value cannot hold a zero byte")
            }
        }
    }

    private static func invalid(_ field: String, _ problem: String) -> ClusterError {
        ClusterError(.invalidArgument, .invalidField, "field \(field): \(problem)", metadata: ["field": field])
    }
}
