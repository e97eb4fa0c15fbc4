// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import History
import Shared
import TestSupport
import Testing

@testable import Agent

/// What one run could not store, the next one knows.
@Suite(.timeLimit(.minutes(1)))
struct UnstoredNoteTests {
    @Test func `a note is read by the next run`() async throws {
        try await withTemporaryDirectory { root in
            let path = root.path + "/unstored"
            let first = UnstoredNote(path: path)
            #expect(first.open() == nil)
            let content = UnstoredNote.Content(lost: 3, since: "1970-01-01T00:00:00.001Z", reason: "the disk is full")
            first.set(content)
            first.flush(within: 60)
            let second = UnstoredNote(path: path)
            #expect(second.open() == content)
            second.clear()
            second.flush(within: 60)
            #expect(UnstoredNote(path: path).open() == nil)
        }
    }

    @Test(arguments: ["", "{", #"{"lost":"many"}"#]) func `a note that cannot be read tells that something is missing`(
        text: String
    ) async throws {
        try await withTemporaryDirectory { root in
            let path = root.path + "/unstored"
            try Data(text.utf8).write(to: URL(filePath: path))
            let content = try #require(UnstoredNote(path: path).open())
            #expect(content.lost == nil && content.since == nil && !content.reason.isEmpty)
        }
    }

    @Test func `events that cannot be stored until the end are noted`() async throws {
        try await withTemporaryDirectory { root in
            let note = UnstoredNote(path: root.path + "/unstored")
            #expect(note.open() == nil)
            let store = ScriptedStore(.fail)
            let fixture = try RecorderFixture(store, note: note, limits: RecorderFixture.patient)
            fixture.happen(1, .fork)
            await fixture.recorder.settle(through: 1)
            fixture.happen(2, .online)
            try await fixture.finish()
            note.flush(within: 60)
            let left = try #require(UnstoredNote(path: root.path + "/unstored").open())
            #expect(left.lost == 2 && left.reason == "the disk is full")
        }
    }

    @Test func `the next run puts a gap first`() async throws {
        try await withTemporaryDirectory { root in
            let note = UnstoredNote(path: root.path + "/unstored")
            note.set(UnstoredNote.Content(lost: 2, since: nil, reason: "the disk is full"))
            note.flush(within: 60)
            let left = try #require(note.open())
            let history = try History.inMemory()
            let fixture = try RecorderFixture(history, note: note)
            fixture.recorder.recordGap(of: left)
            fixture.happen(1, .fork)
            #expect(await fixture.published(2).map(\.type) == [.gap, .fork])
            try await fixture.finish()
            let gap = try #require(try history.events(EventQuery()).first)
            #expect(gap.data["lost"] == 2 && gap.data["reason"] == "the disk is full")
            note.flush(within: 60)
            #expect(note.open() == nil)
        }
    }
}
