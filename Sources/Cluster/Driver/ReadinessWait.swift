// SPDX-License-Identifier: Apache-2.0

import LinuxIO

/// Turns a callback of the loop into something to wait for.
enum ReadinessWait {
    /// Waits until what `register` was given is called.
    static func once(
        isolation: isolated (any Actor)? = #isolation, _ register: (@escaping () -> Void) throws(IOError) -> Void
    ) async throws(IOError) {
        let result: Result<Void, IOError> = await withCheckedContinuation { continuation in
            do throws(IOError) {
                try register { continuation.resume(returning: .success(())) }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        try result.get()
    }
}
