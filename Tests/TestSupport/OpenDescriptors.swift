// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// How many descriptors this process has open. Only in a process of its own is the number a test's own.
public func openDescriptors() -> Int {
    openDescriptorTargets().count
}

/// What the open descriptors of this process lead to, a line each: a test that compares numbers says which one is left.
public func openDescriptorTargets() -> [String] {
    _ = runtimeHasItsOwn
    // The Swift runtime opens one for each clock when it is first used, and what we test opens none.
    return descriptorTargets().filter { $0.target != "anon_inode:[timerfd]" }.map { "\($0.number) \($0.target)" }
}

/// The one that the list is read through is closed by then, so it leads nowhere.
private func descriptorTargets() -> [(number: Int32, target: String)] {
    let files = FileManager.default
    let numbers = (try? files.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return numbers.compactMap { name in
        guard let number = Int32(name),
            let target = try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
        else { return nil }
        return (number, target)
    }
}

/// The Swift runtime opens an epoll instance and an eventfd when the first timer is set, and keeps them. So one is set
/// before anything is counted: our loops open both kinds as well, and theirs must be seen.
private let runtimeHasItsOwn: Bool = {
    let timer = DispatchSemaphore(value: 0)
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(1)) { timer.signal() }
    timer.wait()
    return true
}()

/// Proves that `openDescriptors` can see a leak, so that a check by it is not vacuous.
public func provesLeaks() -> Bool {
    let before = openDescriptors()
    // The runtime has one of each.
    let kinds = ["anon_inode:[eventfd]", "anon_inode:[eventpoll]"]
    let known = descriptorTargets()
    let models = [0] + kinds.compactMap { kind in known.first { $0.target == kind }?.number }
    let leaks = models.map { fcntl($0, F_DUPFD_CLOEXEC, 0) }
    defer { for leak in leaks { close(leak) } }
    return models.count == 3 && openDescriptors() == before + 3
}
