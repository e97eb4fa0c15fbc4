// SPDX-License-Identifier: Apache-2.0

package import SystemPackage

/// A program that could not be started; nothing is left of it.
package struct SpawnError: Error, CustomStringConvertible {
    /// What the child was doing.
    package enum Step: String, Sendable {
        case fork = "fork"
        case directory = "chdir"
        case descriptors = "dup2"
        case groups = "setgroups"
        case gid = "setgid"
        case uid = "setuid"
        case exec = "execve"
    }

    package let step: Step
    package let errno: Errno

    /// The positive errno.
    package var code: Int32 { errno.rawValue }

    package var description: String { "\(step.rawValue): \(errno)" }
}
