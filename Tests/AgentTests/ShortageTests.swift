// SPDX-License-Identifier: Apache-2.0

import Cluster
import Glibc
import Shared
import Testing

@testable import Agent

/// What the system lacks at the start is no mistake in the configuration.
@Suite struct ShortageTests {
    @Test(arguments: [EMFILE, ENFILE, ENOMEM, EAGAIN])
    func `a resource that is used up exits as unavailable`(code: Int32) {
        let problem = SystemProblem(code)
        let error = StartupError(.configuration, "cannot read x", problem)
        #expect(error.code == .unavailable && problem.advice.map { error.description.hasSuffix($0) } == true)
        #expect(StartupError(.configuration, "cannot read x", SystemProblem(ENOENT)).code == .configuration)
    }

    @Test func `a fork that fails for other reasons is the configuration's mistake`() {
        let missing = ClusterError(.failedPrecondition, .execNotFound, "cannot find x")
        #expect(PrimaryService.refusal(missing).code == .configuration)
        #expect(PrimaryService.refusal(missing).description == "cannot fork the first workers: cannot find x")
        #expect(PrimaryService.refusal(ClusterError(.unavailable, .listenFailed, "in use")).code == .unavailable)
    }

    @Test func `more workers need more files`() {
        #expect(FileLimit.needed(cores: 2, workers: 0, inherited: [0, 1, 2]) == 37)
        #expect(FileLimit.needed(cores: 2, workers: 1, inherited: [0, 1, 2]) == 55)
        #expect(FileLimit.needed(cores: 4, workers: 10, inherited: [0, 1, 2]) == 106)
        #expect(FileLimit.needed(cores: 4, workers: 10, inherited: [0, 2, 3, 251]) == 108)
    }
}
