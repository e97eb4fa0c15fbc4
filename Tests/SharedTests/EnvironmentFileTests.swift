// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

/// Environment files as dotenv has them.
struct EnvironmentFileTests {
    @Test(arguments: [
        ("A=1", ["A": "1"]), ("export A=1\n\texport\tB = 2 \n", ["A": "1", "B": "2"]), ("A=", ["A": ""]),
        ("# all\n\n  # of it\nA=1 # why\nB=2#3\r\nC=3", ["A": "1", "B": "2", "C": "3"]),
        (#"A="x # y" # why"#, ["A": "x # y"]), (#"A='x "y" \n'"#, ["A": #"x "y" \n"#]),
        (#"A="x\ny\"z""#, ["A": "x\ny\\\"z"]), (#"A="\t\\ ""#, ["A": #"\t\\ "#]), (#"A='it\'s'"#, ["A": #"it\'s"#]),
        ("A=\"x\ny\"\nB=1", ["A": "x\ny", "B": "1"]), ("A=`'\"`", ["A": "'\""]),
        ("A=1\nA=2", ["A": "2"]), ("A=b=c", ["A": "b=c"]), ("a.b-c=1", ["a.b-c": "1"]), ("exportA=1", ["exportA": "1"]),
        ("export=1", ["export": "1"]), ("", [:]),
    ])
    func `the forms of dotenv are accepted`(text: String, expected: [String: String]) throws {
        #expect(try EnvironmentFile.variables(in: text) == expected)
    }

    @Test(arguments: [
        ("A=1\nB", 2), ("=1", 1), ("A=\"1", 1), ("\n\nA='1' 2", 3), ("A B=1", 1), ("A=\"x\ny\"\n?", 3), ("A=x\u{0}", 1),
    ])
    func `a mistake is reported with its line`(text: String, line: Int) {
        let mistake = #expect(throws: EnvironmentFile.Mistake.self) { try EnvironmentFile.variables(in: text) }
        #expect(mistake?.line == line)
    }
}
