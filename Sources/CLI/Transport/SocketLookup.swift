// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The look-up of a socket's path before libcurl connects to it.
///
/// connect(2) itself looks the path up and waits for its file system, even if the socket is non-blocking. The loop's
/// thread would stand still, and every other host with it. This look-up is done on another thread.
@TransportActor
enum SocketLookup {
    /// A file system that answers does so within this time, and then no task has to wait.
    private static let usual = Duration.milliseconds(20)
    private static let longestPause = Duration.milliseconds(100)
    /// Some file system did not answer in the usual time, so the loop waits for none any more.
    private static var isSlow = false
    /// Look-ups that were given up. The next try waits for the same one, because each takes a thread and a descriptor.
    private static var pending: [String: Errand.Pending] = [:]

    /// False if the path's file system does not answer in time.
    static func isDone(_ path: String, until deadline: ContinuousClock.Instant) async -> Bool {
        let lookup =
            pending.removeValue(forKey: path)
            ?? Errand.begin {
                var status = stat()
                // The errors are those of connect(2), which reports them.
                _ = stat(path, &status)
            }
        guard let lookup else { return true }
        if !isSlow, lookup.isOver(by: min(deadline, .now + usual)) { return true }
        isSlow = true
        var pause = Duration.milliseconds(1)
        while !lookup.isOver(by: .now) {
            guard .now < deadline, !Task.isCancelled else {
                pending[path] = lookup
                return false
            }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, longestPause)
        }
        return true
    }
}
