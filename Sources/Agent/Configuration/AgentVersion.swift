// SPDX-License-Identifier: Apache-2.0

/// What this program says about itself.
enum AgentVersion {
    /// The version (semver.org). It stands only here.
    static let current = "0.1.0"
    /// The API's major version, which is also the first part of each path.
    static let api = "v1"

    /// The compiler's version. Swift tells it only at compile time, and only by comparison.
    static var compiler: String {
        #if compiler(>=6.4)
            "6.4"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}
