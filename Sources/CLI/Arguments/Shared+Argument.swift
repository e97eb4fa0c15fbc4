// SPDX-License-Identifier: Apache-2.0

// Public, because a conformance of a public type to a public protocol is.
public import ArgumentParser
public import Shared

extension ForkRequest.Milestone: ExpressibleByArgument {}
extension Serialization: ExpressibleByArgument {}
extension Signal: ExpressibleByArgument {}
extension WorkerID: ExpressibleByArgument {}
extension WorkerReadiness: ExpressibleByArgument {}
extension WorkerState: ExpressibleByArgument {}
