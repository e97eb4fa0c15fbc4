// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Does work that blocks on a thread of its own, because the threads that run tests are few.
public func onOwnThread<Success: Sendable>(
    _ work: @escaping @Sendable () throws -> Success
) async throws -> Success {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}
