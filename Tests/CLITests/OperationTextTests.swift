// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import Testing

@testable import CLI

struct OperationTextTests {
    private func decoded(_ json: String) throws -> OperationInfo {
        try JSONDecoder().decode(OperationInfo.self, from: Data(json.utf8))
    }

    /// The lines of an operation that was looked at so often.
    private func lines(_ states: [String]) throws -> [String] {
        var lines: [String] = []
        var last: OperationInfo?
        for state in states {
            let info = try decoded(state)
            lines += OperationText.news(from: last, to: info)
            last = info
        }
        return lines + [try OperationText.verdict(#require(last))]
    }

    @Test func `a reload is reported step by step`() throws {
        #expect(
            try lines(SupervisedSample.goodReload) == [
                "reload 4f1c09a27b: 2 workers to replace; 1 forked worker is left alone",
                "instance 0: worker 8 is ready (1 of 2)", "instance 1: worker 9 starts",
                "instance 1: worker 9 is ready (2 of 2)", "old workers finish their connections and end",
                "reload 4f1c09a27b succeeded after 4231ms: 2 of 2 workers replaced",
            ])
    }

    @Test func `instances that were replaced between two looks are counted one by one`() throws {
        let states = [SupervisedSample.goodReload[0], SupervisedSample.operation()]
        #expect(
            try lines(states).contains("instance 0: worker 8 is ready (1 of 2)")
                && lines(states).contains("instance 1: worker 9 is ready (2 of 2)"))
    }

    @Test func `a reload that is aborted says what goes on`() throws {
        let all = try lines(SupervisedSample.abortedReload)
        #expect(
            all.suffix(2) == [
                "instance 1: worker 9 failed",
                "reload 4f1c09a27b aborted after 4231ms: 1 of 2 workers replaced, the other as before",
            ])
    }

    @Test(arguments: [
        ("scale", "succeeded", 2, "scale 4f1c09a27b succeeded after 4231ms: 2 of 2 workers ready"),
        ("scale", "succeeded", 0, "scale 4f1c09a27b succeeded after 4231ms"),
        ("restart", "succeeded", 1, "restart 4f1c09a27b succeeded after 4231ms: 1 of 1 worker replaced"),
        (
            "reload", "interrupted", 1,
            "reload 4f1c09a27b interrupted after 4231ms: 1 of 1 worker replaced, its agent ended"
        ),
    ])
    func `a verdict has the words of its kind`(kind: String, verdict: String, count: Int, expected: String) throws {
        let steps = (0..<count).map { ("replaced", $0 + 1 as Int?) }.map { (state: $0.0, worker: $0.1) }
        let info = try decoded(SupervisedSample.operation(kind: kind, verdict: verdict, steps: steps))
        #expect(OperationText.verdict(info) == expected)
    }

    @Test func `only a verdict other than succeeded is a failure`() throws {
        #expect(try Failure(decoded(SupervisedSample.operation())) == nil)
        #expect(try Failure(decoded(SupervisedSample.goodReload[0])) == nil)
        let failure = try #require(try Failure(decoded(SupervisedSample.abortedReload[2])))
        #expect(
            failure.text(host: "web-1") == """
                web-1: the reload was aborted: instance 1: worker 9 ended with exit code 1
                  | /srv/app/server.js:3
                  | let let = 1
                  | SyntaxError: let is disallowed
                  | \\u{1b}[31mthe end
                """)
        #expect(String(decoding: try failure.json.bytes, as: UTF8.self).hasPrefix(#"{"status":"ABORTED","message":"#))
    }

    @Test(arguments: [
        (WorkerFailure.Reason.exited, "worker 9 ended with exit code 1"),
        (.spawnFailed, "no worker could be started"),
        (.notReady, "worker 9 was not ready in time, and was stopped"),
        (.unresponsive, "worker 9 did not answer any more, and was stopped"),
        (.disconnected, "worker 9 closed its channel by itself, and was told to end"),
    ])
    func `each failure has its words`(reason: WorkerFailure.Reason, expected: String) throws {
        let json = SupervisedSample.failure(reason: reason.rawValue)
        let failure = try JSONDecoder().decode(WorkerFailure.self, from: Data(json.utf8))
        #expect(failure.sentence == expected)
    }

    @Test(
        arguments: [(1, "1"), (1023, "1023"), (512 << 20, "512M"), (600 << 20, "600M"), (3 << 29, "1.5G")]
            as [(Int64, String)])
    func `sizes are shown in the largest unit`(bytes: Int64, expected: String) {
        #expect(SizeArgument.text(bytes) == expected)
    }

    @Test(arguments: [("512M", 512 << 20), ("2G", 2 << 30), ("7", 7), ("1K", 1024)] as [(String, Int64)])
    func `sizes are read as the agent reads them`(text: String, bytes: Int64) {
        #expect(SizeArgument(text)?.bytes == bytes)
    }

    @Test(arguments: ["", "0", "M", "-1", "1.5G", "9999999999G", "1T", " 1"])
    func `an invalid size is refused`(text: String) {
        #expect(SizeArgument(text) == nil)
    }
}
