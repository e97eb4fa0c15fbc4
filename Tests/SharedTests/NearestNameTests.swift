// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

struct NearestNameTests {
    @Test(arguments: [
        ("stauts", "status"), ("wrokers", "workers"), ("frok", "fork"), ("KILL", "kill"), ("killl", "kill"),
        ("xyz", nil), ("", nil), ("statistics", nil),
    ])
    func `a few slips of the finger still lead to the intended word`(word: String, expected: String?) {
        #expect(NearestName.find(word, in: ["status", "workers", "fork", "kill", "events"]) == expected)
    }

    @Test func `the first of equally near words in the alphabet is named`() {
        #expect(NearestName.find("web-3", in: ["web-2", "web-1", "db"]) == "web-1")
    }

    @Test func `an endless word is not a name`() {
        #expect(NearestName.find(String(repeating: "a", count: 100_000), in: ["a"]) == nil)
    }
}
