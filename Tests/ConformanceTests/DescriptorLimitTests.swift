// SPDX-License-Identifier: Apache-2.0

import Cluster
import Glibc
import Shared
import TestSupport
import Testing

/// Without a time limit of Swift Testing's: for its timers the runtime opens descriptors, and does not bear to get none.
/// A signal ends the process if it hangs.
@Suite("No descriptor to spare")
struct DescriptorLimitTests {
    @Test("a fork fails, nothing is left of it, and the next succeeds")
    func forks() async {
        await #expect(processExitsWith: .success) {
            alarm(60)
            try await withPrimary("idle.js") { cluster in
                _ = try await cluster.forkOnline()
                let before = openDescriptors()
                // One more each time, so that each step that needs one fails once.
                var spare = 0
                while let failure = await cluster.primary.forkFailure(limit: before + spare) {
                    #expect(failure == .spawnFailed && openDescriptors() == before)
                    spare += 1
                }
                #expect(spare > 2)
                _ = try await cluster.forkOnline()
            }
        }
    }
}

extension Primary {
    /// Why a fork fails while the process may not have `limit` descriptors; nil if it does not.
    fileprivate func forkFailure(limit: Int) async -> ErrorReason? {
        var usual = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &usual)
        var low = usual
        low.rlim_cur = rlim_t(limit)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &low)
        defer { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &usual) }
        do throws(ClusterError) {
            _ = try await fork()
            return nil
        } catch {
            return error.reason
        }
    }
}
