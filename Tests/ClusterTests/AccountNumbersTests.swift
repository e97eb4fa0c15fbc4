// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

@Suite struct AccountNumbersTests {
    private final class Directory {
        var users: [String: UInt32] = ["www": 33]
        var questions: [String] = []
    }

    private static func settings(uid: Account?, gid: Account?) -> ClusterSettings {
        var settings = ClusterSettings()
        (settings.uid, settings.gid) = (uid, gid)
        return settings
    }

    @Test func `a name is looked up once for all forks, and anew with new settings`() throws {
        let directory = Directory()
        var numbers = AccountNumbers(
            user: {
                directory.questions.append("user \($0)")
                return directory.users[$0]
            },
            group: {
                directory.questions.append("group \($0)")
                return 7
            })
        var settings = Self.settings(uid: .name("www"), gid: .name("www"))
        for _ in 0..<100 {
            let (uid, gid) = try numbers.resolve(settings)
            #expect(uid == 33 && gid == 7)
        }
        #expect(directory.questions == ["user www", "group www"])
        directory.users["www"] = 34
        settings.revision += 1
        let uid = try numbers.resolve(settings).uid
        #expect(uid == 34 && directory.questions.count == 4)
        settings.revision -= 1
        let former = try numbers.resolve(settings).uid
        #expect(former == 33 && directory.questions.count == 4)
    }

    @Test func `a number needs no look-up`() throws {
        var numbers = AccountNumbers(user: { _ in nil }, group: { _ in nil })
        let (uid, gid) = try numbers.resolve(Self.settings(uid: .number(0), gid: nil))
        #expect(uid == 0 && gid == nil)
    }

    @Test func `an unknown name is looked up each time`() throws {
        let directory = Directory()
        var numbers = AccountNumbers(user: { directory.users[$0] }, group: { _ in nil })
        let settings = Self.settings(uid: .name("late"), gid: nil)
        let error = #expect(throws: ClusterError.self) { try numbers.resolve(settings) }
        #expect(error?.reason == .unknownAccount)
        directory.users["late"] = 40
        let uid = try numbers.resolve(settings).uid
        #expect(uid == 40)
    }
}
