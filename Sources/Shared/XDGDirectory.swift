// SPDX-License-Identifier: Apache-2.0

/// Where a user's files are if nothing else names a place, by the XDG Base Directory Specification. Both programs use
/// this.
public enum XDGDirectory: Sendable {
    case configuration
    case state

    /// Nil if the environment names no home. The specification says that a relative path is ignored.
    ///
    /// - Parameter variable: the environment.
    public func path(in variable: (String) -> String?) -> String? {
        if let path = variable(name), path.hasPrefix("/") { return path }
        guard let home = variable("HOME"), home.hasPrefix("/") else { return nil }
        return home + "/" + belowHome
    }

    private var name: String {
        switch self {
        case .configuration: "XDG_CONFIG_HOME"
        case .state: "XDG_STATE_HOME"
        }
    }

    private var belowHome: String {
        switch self {
        case .configuration: ".config"
        case .state: ".local/state"
        }
    }
}
