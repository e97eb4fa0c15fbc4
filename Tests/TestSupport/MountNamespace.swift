// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A view of the file system of a program's own: unshare(1).
public enum MountNamespace {
    /// Some containers forbid it.
    public static func isAllowed() async -> Bool {
        guard let program = try? SpawnedProgram("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]) else {
            return false
        }
        try? program.input.close()
        // It writes nothing unless it fails.
        return await program.errors.text().isEmpty
    }
}
