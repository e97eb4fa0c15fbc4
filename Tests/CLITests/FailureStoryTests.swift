// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import Testing

@testable import CLI

struct FailureStoryTests {
    private static let time = "2026-11-22T15:51:44.000Z"
    private let now = Timestamp("2026-11-22T15:53:44.000Z") ?? .now

    private func event(_ type: String, _ data: String, time: String = Self.time) throws -> EventLine {
        EventLine(try #require(RawJSON(SupervisedSample.event(1, type, worker: 9, at: time, data).utf8)))
    }

    private func lines(_ because: String, exit: String, instance: InstanceInfo? = nil) throws -> [String] {
        let events = [
            try event(
                "restart", #"{"instance":1,"attempt":1,"delayMs":100,"because":"\#(because)","principal":"uid:7"}"#),
            try event("exit", exit),
        ]
        let ready = InstanceInfo(instance: 1, state: .ready, workerId: WorkerID(rawValue: 10))
        return FailureStory(instance ?? ready, events: events, now: now).lines(atMost: 3)
    }

    @Test func `a crash is shown with its end, its cause, its last lines and what comes next`() throws {
        #expect(
            try lines("failure", exit: #"{"reason":"exited","code":1,"uptimeMs":3000,"stderr":"a\nError: b\n"}"#) == [
                "instance 1: worker 9 ended with exit code 1 after 3s, 2m ago (\(Self.time))",
                "  cause: by itself; nobody had asked it to go", "  | a", "  | Error: b", "  now: worker 10 is ready",
            ])
    }

    @Test(arguments: [
        ("failure", "SIGKILL", "no command of this agent; often it is the kernel, if memory is short (dmesg tells)"),
        ("failure", "SIGSEGV", "by itself; nobody had asked it to go"),
        ("kill", "SIGTERM", "uid:7 killed it; a fresh one was started"),
        ("notReady", "SIGTERM", "the supervisor stopped it: it was not ready in time (--ready-timeout)"),
        ("unresponsive", "SIGKILL", "the supervisor stopped it: its event loop did not answer (--unresponsive-after)"),
        ("memory", "SIGTERM", "the supervisor replaced it: it took too much memory (--max-memory)"),
        ("newReason", "SIGTERM", "newReason"),
    ])
    func `each cause has its words`(because: String, signal: String, expected: String) throws {
        let all = try lines(because, exit: #"{"reason":"signaled","signal":"\#(signal)","uptimeMs":3000}"#)
        #expect(all[1] == "  cause: \(expected)")
    }

    @Test func `a worker that could not be forked has not ended by itself`() throws {
        let all = try lines("failure", exit: #"{"reason":"spawnFailed"}"#)
        #expect(all[0].hasPrefix("instance 1: worker 9 could not be started"))
        #expect(all[1] == "  cause: the agent could not start the program")
    }

    @Test(arguments: ["reload", "restart", "scale", "disconnect", "withdrawn"])
    func `an end that was asked for is not a failure`(because: String) throws {
        #expect(
            try lines(because, exit: "{}") == ["instance 1: no failure is known", "  now: worker 10 is ready"])
    }

    @Test func `an instance that waits or has given up says what comes next`() throws {
        var instance = InstanceInfo(instance: 1, state: .backingOff)
        instance.failuresInARow = 4
        instance.nextTryAt = now.advanced(by: .seconds(12))
        let exit = #"{"reason":"exited","code":1}"#
        #expect(
            try lines("failure", exit: exit, instance: instance).last
                == "  now: no worker; the next try is in 12s, after 4 failures in a row")
        instance.state = .gaveUp
        #expect(
            try lines("failure", exit: exit, instance: instance).last?.hasSuffix(
                "after 4 failures in a row; scale, reload or restart tries again") ?? false)
    }

    @Test func `a failure without an event comes from the instance`() throws {
        var instance = InstanceInfo(instance: 1, state: .ready, workerId: WorkerID(rawValue: 8))
        instance.lastFailure = try JSONDecoder().decode(
            WorkerFailure.self, from: Data(SupervisedSample.failure(at: Self.time).utf8))
        let lines = FailureStory(instance, events: [], now: now).lines(atMost: 3)
        #expect(lines.first == "instance 1: worker 9 ended with exit code 1, 2m ago (\(Self.time))")
        // The same in the history is not told twice.
        let events = [try event("restart", #"{"instance":1,"because":"failure"}"#), try event("exit", #"{"code":1}"#)]
        #expect(FailureStory(instance, events: events, now: now).lines(atMost: 3).count == 3)
    }

    @Test func `a program that cannot be started is told with the reason`() throws {
        var instance = InstanceInfo(instance: 1, state: .backingOff)
        var failure = WorkerFailure(instance: 1, reason: .spawnFailed, at: try #require(Timestamp(Self.time)))
        failure.message = "cannot find exec: /srv/app.js"
        instance.lastFailure = failure
        let data = #"{"instance":1,"attempt":1,"delayMs":100,"because":"failure"}"#
        let event = EventLine(
            try #require(RawJSON(SupervisedSample.event(1, "restart", worker: nil, at: Self.time, data).utf8)))
        #expect(
            FailureStory(instance, events: [event], now: now).lines(atMost: 1).prefix(2) == [
                "instance 1: no worker could be started: cannot find exec: /srv/app.js, 2m ago (\(Self.time))",
                "  cause: the agent could not start the program",
            ])
    }

    @Test func `a worker that is still there has not ended`() throws {
        let events = [try event("restart", #"{"instance":1,"because":"memory"}"#)]
        let lines = FailureStory(InstanceInfo(instance: 1, state: .replacing), events: events, now: now).lines(
            atMost: 1)
        #expect(lines.first == "instance 1: worker 9 has reached its limit, 2m ago (\(Self.time))")
    }

    @Test func `the failure that aborted a reload names it`() throws {
        let failed = SupervisedSample.failure(at: Self.time)
        var instance = InstanceInfo(instance: 1, state: .ready, workerId: WorkerID(rawValue: 8))
        instance.lastFailure = try JSONDecoder().decode(WorkerFailure.self, from: Data(failed.utf8))
        let aborted = SupervisedSample.operation(verdict: "aborted", steps: [("failed", 9)], failure: failed)
        let operation = try JSONDecoder().decode(OperationInfo.self, from: Data(aborted.utf8))
        let lines = FailureStory(instance, events: [], operations: [operation], now: now).lines(atMost: 1)
        #expect(lines[1].hasSuffix("; so reload \(operation.id) was aborted"), "\(lines)")
    }

    @Test func `hostile events cannot make hostile lines`() throws {
        let data = [#"{"instance":"1"}"#, #"{"instance":1}"#, "[]", "7", #"{"instance":1,"because":{}}"#]
        for data in data {
            let instance = InstanceInfo(instance: 1, state: .starting)
            let story = FailureStory(instance, events: [try event("gaveUp", data), try event("exit", data)], now: now)
            #expect(!story.lines(atMost: 3).isEmpty)
        }
        let events = [try event("restart", #"{"instance":1,"because":"failure"}"#, time: "soon")]
        #expect(FailureStory(InstanceInfo(instance: 1, state: .ready), events: events, now: now).isEmpty)
    }
}
