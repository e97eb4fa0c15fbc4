// SPDX-License-Identifier: Apache-2.0

import Contract
import Shared
import Testing

@testable import Agent

/// What is remembered of instances.
@Suite struct SampleTableTests {
    private func instance(_ number: Int, bytes: Int64?) -> InstanceInfo {
        var info = InstanceInfo(instance: number, state: .ready, workerId: bytes == nil ? nil : .first)
        info.residentBytes = bytes
        return info
    }

    private func seconds(_ count: Int64) -> Timestamp { Timestamp(milliseconds: count * 1000) }

    @Test func `samples are kept in order for ten minutes`() {
        var table = SampleTable()
        for step in 0..<100 {
            table.didRead([instance(0, bytes: Int64(step))], at: seconds(Int64(step) * 10))
        }
        #expect(table.samples[0]?.map(\.residentBytes) == (40..<100).map { Int64($0) })
    }

    @Test func `an instance without a worker has no sample, and its old ones go`() {
        var table = SampleTable()
        table.didRead([instance(0, bytes: 5)], at: seconds(0))
        table.didRead([instance(0, bytes: nil)], at: seconds(10))
        #expect(table.samples[0]?.map(\.residentBytes) == [5])
        table.didRead([instance(0, bytes: nil)], at: seconds(600))
        #expect(table.samples[0]?.isEmpty == true)
    }

    @Test func `the samples of an instance go with it`() {
        var table = SampleTable()
        table.didRead([instance(0, bytes: 5), instance(1, bytes: 6)], at: seconds(0))
        table.didRead([instance(0, bytes: 7)], at: seconds(10))
        #expect(table.samples.keys.sorted() == [0])
    }
}
