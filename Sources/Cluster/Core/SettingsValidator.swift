// SPDX-License-Identifier: Apache-2.0

package import Shared

/// Finds settings that no worker could be started with.
package enum SettingsValidator {
    /// - Throws: `INVALID_FIELD` with the field.
    package static func validate(_ settings: ClusterSettings) throws(ClusterError) {
        try check("exec", settings.exec.map { !$0.isEmpty } ?? true, "is empty; name a program or leave it out")
        let strings: [(String, [String])] = [
            ("exec", [settings.exec].compactMap(\.self)), ("args", settings.args), ("execArgv", settings.execArgv),
            ("execPath", [settings.execPath].compactMap(\.self)), ("cwd", [settings.cwd].compactMap(\.self)),
            ("envFiles", settings.envFiles),
        ]
        for (field, values) in strings {
            try check(field, !values.contains { $0.utf8.contains(0) }, "contains a NUL, which no program can be given")
        }
        if let stdio = settings.stdio {
            let channels = stdio.count { $0 == .ipc }
            try check("stdio", channels <= 1, "must have one \"ipc\" at most")
            try check("stdio", channels == 1 || !settings.hasChannel, "must have one \"ipc\", where the channel goes")
            try check("stdio", stdio.count <= 64, "has more than 64 entries")
        }
        try check("envFiles", !settings.envFiles.contains(""), "has an empty path")
        try check("envFiles", settings.envFiles.count <= 64, "has more than 64 files")
        try check("listen", settings.listen.count <= 64, "has more than 64 sockets")
        if let twice = repeated(settings.listen) { try check("listen", false, "names \(twice) twice") }
        try check(
            "disconnectSignal", settings.disconnectSignal != .test, "is 0, which only tests whether a process is there")
        if let port = settings.inspectPort {
            try check("inspectPort", (0...65535).contains(port), "must be 0 to 65535")
        }
    }

    /// The first URL that names a socket a second time, which cannot be bound. Port 0 is another socket each time.
    private static func repeated(_ urls: [ListenURL]) -> ListenURL? {
        var seen: Set<ListenURL.Target> = []
        return urls.first { url in
            switch url.target {
            case .tcp(_, 0), .udp(_, 0): false
            case .tcp, .udp, .unix: !seen.insert(url.target).inserted
            }
        }
    }

    static func validate(environment: [String: String]) throws(ClusterError) {
        for (name, value) in environment {
            try check(
                "env", !name.isEmpty && !name.utf8.contains(0) && !name.contains("=") && !value.utf8.contains(0),
                "has a name that is empty or contains \"=\", or a name or value that contains NUL")
        }
    }

    private static func check(_ field: String, _ isGood: Bool, _ problem: String) throws(ClusterError) {
        guard !isGood else { return }
        throw ClusterError(.invalidArgument, .invalidField, "\(field) \(problem)", metadata: ["field": field])
    }
}
