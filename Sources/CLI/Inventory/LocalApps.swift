// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Shared

/// The agents of this machine that have names, by their sockets.
struct LocalApps: Sendable {
    /// An agent with a name.
    struct App: Hashable, Sendable {
        let name: String
        let socket: String
    }

    /// In the order of their names. A user's own app hides the system's of the same name.
    let apps: [App]

    /// Where the unit `cluster-agent@NAME` has its sockets.
    static let systemFolder = "/run/cluster-agent"
    private static let socketName = "/agent.sock"

    /// Looks for folders with sockets. A folder that cannot be read has none.
    /// - Parameter folders: those that count more come first.
    init(in folders: [String]) {
        var found: [String: App] = [:]
        for folder in folders {
            for name in Self.entries(of: folder) where found[name] == nil && GivenName.isValid(name) {
                let socket = "\(folder)/\(name)\(Self.socketName)"
                if Self.isSocket(socket) { found[name] = App(name: name, socket: socket) }
            }
        }
        apps = found.values.sorted { $0.name < $1.name }
    }

    /// The user's own and the system's. Nil if a file system does not answer in time.
    static func standard(within time: Duration) -> LocalApps? {
        let folders = [Directories.ownApps, systemFolder].compactMap(\.self)
        return Errand.result(until: .now + time) { LocalApps(in: folders) }
    }

    /// The app of a folder that has one alone.
    static func single(in folder: String) -> App? {
        let apps = LocalApps(in: [folder]).apps
        return apps.count == 1 ? apps[0] : nil
    }

    var names: [String] { apps.map(\.name) }

    subscript(name: String) -> App? { apps.first { $0.name == name } }

    static func isSocket(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    private static func entries(of folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            names.append(name)
        }
        return names
    }
}
