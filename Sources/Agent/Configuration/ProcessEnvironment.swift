// SPDX-License-Identifier: Apache-2.0

import Glibc

extension [String: String] {
    /// This process's environment (environ(7)). If a name occurs twice, the first counts, as in getenv(3).
    static var current: [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, variables[String(parts[0])] == nil { variables[String(parts[0])] = String(parts[1]) }
            next += 1
        }
        return variables
    }
}
