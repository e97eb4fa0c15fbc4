// SPDX-License-Identifier: Apache-2.0

/// What a connection is busy with; sent down its pipeline for `RequestDeadlineHandler`.
enum ConnectionPhase: Sendable {
    /// A request's head is there and its body is awaited.
    case readingBody
    /// The request is there; the answer may take as long as it likes.
    case answering
    /// The answer is written.
    case answered
}
