// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A folder's lock by flock(2). Every user who may read the folder can take it.
enum FolderLock {
    /// How long to wait before the next try.
    private static let pause = Int32(20)

    /// False if others have the lock all the time. A file system without locks counts as free.
    static func take(_ descriptor: Int32, patience: Duration) -> Bool {
        let deadline = ContinuousClock.now + patience
        while flock(descriptor, LOCK_EX | LOCK_NB) < 0 {
            if errno == EINTR { continue }
            guard errno == EWOULDBLOCK else { return true }
            guard .now < deadline else { return false }
            poll(nil, 0, pause)
        }
        return true
    }

    /// Who has the lock: `sleep (pid 123)`. Nil if the kernel does not tell.
    static func holder(of descriptor: Int32) -> String? {
        var status = stat()
        guard fstat(descriptor, &status) == 0,
            let locks = try? SmallFile.read("/proc/locks", limit: 1 << 20, .any)
        else { return nil }
        // "1: FLOCK  ADVISORY  WRITE 123 00:2d:4711 0 EOF"
        for line in String(decoding: locks, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 5, words[1] == "FLOCK", let pid = Int32(words[4]), pid > 0,
                words[5].split(separator: ":").last == "\(status.st_ino)"[...],
                let name = try? SmallFile.read("/proc/\(pid)/comm", limit: 100, .any)
            else { continue }
            let text = String(decoding: name, as: UTF8.self).split(separator: "\n").first ?? "?"
            return "\(text) (pid \(pid))"
        }
        return nil
    }
}
