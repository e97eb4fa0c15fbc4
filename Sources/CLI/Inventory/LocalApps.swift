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

    /// A folder of apps that cannot be read, so nobody knows what is in it.
    struct HiddenFolder: Hashable, Sendable {
        let path: String
        /// In the system's words.
        let reason: String
    }

    /// In the order of their names. A user's own app hides the system's of the same name.
    let apps: [App]
    let hidden: [HiddenFolder]

    /// Where the unit `cluster-agent@NAME` has its sockets.
    static let systemFolder = "/run/cluster-agent"
    private static let socketName = "/agent.sock"

    /// Looks for folders with sockets. An app whose folder cannot be looked into counts: nobody knows that it is not there.
    /// - Parameter folders: those that count more come first.
    init(in folders: [String]) {
        var found: [String: App] = [:]
        var hidden: [HiddenFolder] = []
        for folder in folders {
            do throws(SmallFile.Failure) {
                for name in try Self.entries(of: folder) where found[name] == nil && AgentName.isValid(name) {
                    let socket = "\(folder)/\(name)\(Self.socketName)"
                    if Self.mayBeSocket(socket) { found[name] = App(name: name, socket: socket) }
                }
            } catch {
                if !Self.isAbsence(error.errno) { hidden.append(HiddenFolder(path: folder, reason: error.reason)) }
            }
        }
        apps = found.values.sorted { $0.name < $1.name }
        self.hidden = hidden
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

    /// Whether a socket is there, or the path cannot be looked at.
    static func mayBeSocket(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT == S_IFSOCK : !isAbsence(errno)
    }

    private static func isAbsence(_ number: Int32) -> Bool { number == ENOENT || number == ENOTDIR }

    private static func entries(of folder: String) throws(SmallFile.Failure) -> [String] {
        guard let directory = opendir(folder) else { throw SmallFile.Failure(errno) }
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
