// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Cluster

@Suite struct UnreadAnswersTests {
    @Test func `an answer counts until the channel has passed it on`() {
        var answers = UnreadAnswers()
        answers.append(10, end: 10, passed: 10)
        #expect(answers.bytes == 0)
        answers.append(10, end: 120, passed: 10)
        answers.append(20, end: 140, passed: 119)
        #expect(answers.bytes == 30)
        answers.append(5, end: 145, passed: 120)
        #expect(answers.bytes == 25)
        answers.append(5, end: 150, passed: 145)
        #expect(answers.bytes == 5)
    }
}
