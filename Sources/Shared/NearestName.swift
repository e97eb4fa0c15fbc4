// SPDX-License-Identifier: Apache-2.0

/// The known word that was probably meant by an unknown one.
public enum NearestName {
    /// `. Did you mean 'status'?`, or nothing if no known word is near.
    public static func question(_ word: String, in known: some Sequence<String>) -> String {
        find(word, in: known).map { ". Did you mean '\($0)'?" } ?? ""
    }

    /// The known word that the fewest typing mistakes lead to, the first in the alphabet if there are several. Nil if it
    /// takes more than a few.
    public static func find(_ word: String, in known: some Sequence<String>) -> String? {
        let most = min(3, 1 + word.utf8.count / 4)
        let ranked = known.map { (word: $0, slips: slips(from: word, to: $0)) }.filter { $0.slips <= most }
        return ranked.min { ($0.slips, $0.word) < ($1.slips, $1.word) }?.word
    }

    /// Letters left out, put in, replaced, and neighbours that changed places: the optimal string alignment distance.
    private static func slips(from word: String, to other: String) -> Int {
        let (from, to) = (Array(word.lowercased().utf8), Array(other.lowercased().utf8))
        // No name is that long, and the work grows with the square of the length.
        guard max(from.count, to.count) <= 64 else { return .max }
        var rows = [Array(0...to.count)]
        for (row, letter) in from.enumerated() {
            var next = [row + 1]
            for (column, target) in to.enumerated() {
                let replaced = rows[row][column] + (letter == target ? 0 : 1)
                var least = min(replaced, rows[row][column + 1] + 1, next[column] + 1)
                if row > 0, column > 0, letter == to[column - 1], from[row - 1] == target {
                    least = min(least, rows[row - 1][column - 1] + 1)
                }
                next.append(least)
            }
            rows.append(next)
        }
        return rows[from.count][to.count]
    }
}
