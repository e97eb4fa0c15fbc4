// SPDX-License-Identifier: Apache-2.0

import Shared

/// Which port a worker's inspector gets (Node `lib/internal/util/inspector.js`, `getInspectPort`).
enum InspectPort {
    private static let standard = 9229
    private static let lowest = 1024
    private static let highest = 65535

    /// Nil where no inspector is asked for.
    static func base(_ settings: ClusterSettings) -> Int? {
        let flags = ["--inspect", "--inspect-brk", "--inspect-port", "--debug-port"]
        let used = settings.execArgv.filter { argument in
            flags.contains { argument == $0 || argument.hasPrefix($0 + "=") }
        }
        guard !used.isEmpty else { return nil }
        if let port = settings.inspectPort { return port }
        // --inspect=host:port, --inspect=port
        let ports = used.compactMap { $0.split(separator: "=").dropFirst().first?.split(separator: ":").last }
        return ports.compactMap { Int($0) }.last ?? standard
    }

    static func port(_ base: Int, offset: Int) -> Int {
        let port = base + offset
        return port > highest ? port - highest + lowest - 1 : port
    }
}
