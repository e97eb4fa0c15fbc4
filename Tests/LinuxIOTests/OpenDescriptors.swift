// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// How many descriptors this process has open. Only in a process of its own is the number a test's own.
func openDescriptors() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? -1
}

/// Proves that `openDescriptors` can see a leak, so that a check by it is not vacuous.
func provesLeaks() -> Bool {
    let before = openDescriptors()
    let leak = dup(0)
    defer { close(leak) }
    return before > 0 && openDescriptors() == before + 1
}
