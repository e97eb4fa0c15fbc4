// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

struct NearestNameTests {
    @Test(arguments: [
        ("stauts", "status"), ("wrokers", "workers"), ("frok", "fork"), ("KILL", "kill"), ("killl", "kill"),
        ("xyz", nil), ("", nil), ("statistics", nil),
    ])
    func `few slips of the finger lead to the word that was meant`(word: String, expected: String?) {
        #expect(NearestName.find(word, in: ["status", "workers", "fork", "kill", "events"]) == expected)
    }

    @Test func `of equally near words the first in the alphabet is named`() {
        #expect(NearestName.find("web-3", in: ["web-2", "web-1", "db"]) == "web-1")
    }

    @Test func `a word without end is no name`() {
        #expect(NearestName.find(String(repeating: "a", count: 100_000), in: ["a"]) == nil)
    }
}
