// SPDX-License-Identifier: Apache-2.0

/// Finds what somebody probably meant.
enum NearestName {
    /// The name that takes the fewest changes to get to; of several the first.
    static func find(_ name: String, in names: [String]) -> String? {
        names.min { distance(name, $0) < distance(name, $1) }
    }

    /// `; did you mean --workers?`, or nothing if no name is near.
    static func question(_ name: String, in names: [String]) -> String {
        guard let nearest = find(name, in: names), distance(name, nearest) <= min(3, 1 + name.utf8.count / 4) else {
            return ""
        }
        return "; did you mean \(nearest)?"
    }

    /// Levenshtein's: how many characters to insert, remove or replace. Capitals count as the small letters.
    static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.lowercased()), Array(right.lowercased()))
        var row = Array(0...right.count)
        for (index, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, other) in right.enumerated() {
                let replaced = diagonal + (character == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, row[column + 1] + 1)
            }
        }
        return row[right.count]
    }
}
