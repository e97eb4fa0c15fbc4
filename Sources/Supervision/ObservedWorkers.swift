// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The live workers and what is known of them, of one moment.
public struct ObservedWorkers: Sendable {
    /// All of them, by id.
    public let workers: [WorkerInfo]
    /// What the supervisor knows of those that are supervised.
    public let views: [WorkerID: SupervisedWorkerView]
    /// What those do whose figures were wanted.
    public let figures: [WorkerID: WorkerFigures]

    /// What was seen.
    public init(
        workers: [WorkerInfo], views: [WorkerID: SupervisedWorkerView], figures: [WorkerID: WorkerFigures]
    ) {
        self.workers = workers
        self.views = views
        self.figures = figures
    }
}
