// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Cluster

@Suite(.timeLimit(.minutes(1)))
struct PromiseTests {
    @Test func `a value that is kept before or after the wait begins arrives`() async {
        let early = Promise<Int>()
        early.keep(1)
        #expect(await early.value() == 1)
        let late = Promise<Int>()
        async let value = late.value()
        late.keep(2)
        #expect(await value == 2)
    }

    @Test func `a cancelled task gets nothing, and a later value does no harm`() async {
        let promise = Promise<Int>()
        let task = Task { await promise.value() }
        task.cancel()
        #expect(await task.value == nil)
        promise.keep(1)
        promise.keep(2)
    }

    @Test func `a task that is cancelled before it waits gets nothing`() async {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await Promise<Int>().value()
        }
        #expect(await task.value == nil)
    }
}
