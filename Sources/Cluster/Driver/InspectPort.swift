// SPDX-License-Identifier: Apache-2.0

import Shared

/// Which port a worker's inspector gets (Node `lib/internal/util/inspector.js`, `getInspectPort`).
enum InspectPort {
    private static let standard = 9229
    private static let lowest = 1024
    private static let highest = 65535

    /// - Parameter nodeOptions: the variable NODE_OPTIONS, which Node reads before the arguments.
    /// - Returns: nil if no inspector is asked for.
    static func base(_ settings: ClusterSettings, nodeOptions: String?) -> Int? {
        let options = (nodeOptions ?? "").split(separator: " ").map(String.init) + settings.execArgv
        let used = options.filter { $0.hasPrefix("--inspect") || $0.hasPrefix("--debug-port") }
        guard !used.isEmpty else { return nil }
        if let port = settings.inspectPort { return port }
        // --inspect=host:port, --inspect=port
        let ports = used.compactMap { $0.split(separator: "=").dropFirst().first?.split(separator: ":").last }
        return ports.compactMap { Int($0) }.last ?? standard
    }

    /// - Parameter base: 0 asks for any free port, for each worker.
    static func port(_ base: Int, offset: Int) -> Int {
        guard base > 0 else { return 0 }
        let port = base + offset
        return port > highest ? port - highest + lowest - 1 : port
    }
}
