// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// What the Swift runtime opens by itself at some moment, for its timers; no type of ours keeps one for long.
private let runtimesOwn = ["anon_inode:[timerfd]", "anon_inode:[eventfd]", "anon_inode:[eventpoll]"]

/// How many descriptors this process has open. Only in a process of its own is the number a test's own.
func openDescriptors() -> Int {
    let files = FileManager.default
    let numbers = (try? files.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    // The one that the list was read through is closed by now, so it leads nowhere.
    let targets = numbers.compactMap { try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
    return targets.count { !runtimesOwn.contains($0) }
}

/// Proves that `openDescriptors` can see a leak, so that a check by it is not vacuous.
func provesLeaks() -> Bool {
    let before = openDescriptors()
    let leak = dup(0)
    defer { close(leak) }
    return before > 0 && openDescriptors() == before + 1
}
