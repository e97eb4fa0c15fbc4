// SPDX-License-Identifier: Apache-2.0

/// Rows under titles, fitted to a terminal.
struct Table: Sendable {
    struct Column: Sendable {
        var title: String
        /// Whether the column is aligned to the right.
        var isNumber = false
        /// Whether the column is shortened first on a narrow terminal.
        var isFlexible = false
        /// The width that the column keeps while there is room, because rows that are printed early must align.
        var minimum = 0
        /// Whether the column is left out if it is empty.
        var isOptional = false
        /// Whether the column is never cut, because people copy from it.
        var isWhole = false
        /// On a narrow terminal, columns with a number are left out, the lowest first, before others are cut.
        var rank: Int?
    }

    typealias Row = [Cell]

    /// How narrow a column may become.
    private static let narrowestFlexible = 8
    private static let narrowest = 3
    private static let gap = "  "
    /// What a flexible column should have at least.
    private static let usefulFlexible = 24
    /// If nothing is cut, wider cells do not widen their column.
    private static let widestPadding = 200

    var columns: [Column]
    var rows: [Row] = []

    /// Without the optional columns that are empty.
    var withoutEmptyColumns: Table {
        keeping(
            columns.indices.filter { index in
                !columns[index].isOptional || rows.contains { index < $0.count && !$0[index].text.isEmpty }
            })
    }

    private func keeping(_ kept: [Int]) -> Table {
        guard kept.count < columns.count else { return self }
        return Table(
            columns: kept.map { columns[$0] }, rows: rows.map { row in kept.filter { $0 < row.count }.map { row[$0] } })
    }

    /// The most characters of a text that can be seen at this width. Some characters have no width.
    static func longestText(atWidth width: Int) -> Int { 16 * max(1, width) }

    /// Cuts texts to about one line's length first, so that nothing else has to read all of a long text.
    private func cut(to width: Int) -> Table {
        let longest = Self.longestText(atWidth: width)
        var table = self
        table.rows = rows.map { row in
            row.map { cell in
                guard cell.text.utf8.count > 4 * longest else { return cell }
                var cell = cell
                cell.text =
                    TerminalText.isPath(cell.text)
                    ? "/" + String(cell.text.unicodeScalars.suffix(longest))
                    : String(cell.text.unicodeScalars.prefix(longest))
                return cell
            }
        }
        return table
    }

    /// Without the columns for which there is no room.
    private func fitted(to width: Int) -> Table {
        var table = cut(to: width)
        while let least = table.leastUsefulColumn, table.needsMore(than: width) {
            table = table.keeping(table.columns.indices.filter { $0 != least })
        }
        return table
    }

    private var leastUsefulColumn: Int? {
        columns.indices.filter { columns[$0].rank != nil }.min { columns[$0].rank ?? 0 < columns[$1].rank ?? 0 }
    }

    private func needsMore(than width: Int) -> Bool {
        let needed = zip(columns, naturalWidths).map { column, natural in
            column.isFlexible ? min(natural, max(column.minimum, Self.usefulFlexible)) : natural
        }
        return needed.reduce(0, +) + gaps > width
    }

    /// The width that columns with a minimum need, with some room for the others.
    var comfortableWidth: Int {
        columns.map { max($0.minimum, Self.narrowestFlexible) }.reduce(0, +) + gaps
    }

    private var gaps: Int { Self.gap.utf8.count * (columns.count - 1) }

    /// - Parameters:
    ///   - width: the terminal's columns. Nil if nothing must be cut.
    ///   - withHeader: false for rows under a header that was printed before.
    func lines(width: Int?, inColour: Bool, withHeader: Bool = true) -> [String] {
        width.map { fitted(to: $0) }?.rendered(width: width, inColour: inColour, withHeader: withHeader)
            ?? rendered(width: nil, inColour: inColour, withHeader: withHeader)
    }

    private func rendered(width: Int?, inColour: Bool, withHeader: Bool) -> [String] {
        let widths = fittedWidths(to: width)
        let isCut = width != nil
        let header = withHeader ? [line(columns.map { Cell($0.title) }, widths, isCut: isCut, inColour: false)] : []
        return header + rows.map { line($0, widths, isCut: isCut, inColour: inColour) }
    }

    private func line(_ row: Row, _ widths: [Int], isCut: Bool, inColour: Bool) -> String {
        var line = ""
        for (index, (cell, width)) in zip(row, widths).enumerated() {
            let shown = isCut && !columns[index].isWhole ? TerminalText.fittingPath(cell.text, width: width) : cell.text
            let padding = String(repeating: " ", count: max(0, width - TerminalText.width(shown)))
            let text = inColour ? cell.coloured(shown) : shown
            if index == columns.count - 1, shown.isEmpty {
                return String(line.reversed().drop { $0 == " " }.reversed())
            }
            if index > 0 { line += Self.gap }
            if columns[index].isNumber {
                line += padding + text
            } else {
                // No spaces at the end of a line.
                line += index == columns.count - 1 ? text : text + padding
            }
        }
        return line
    }

    private var naturalWidths: [Int] {
        columns.indices.map { index in
            rows.reduce(max(columns[index].minimum, TerminalText.width(columns[index].title))) { widest, row in
                index < row.count ? max(widest, TerminalText.width(row[index].text)) : widest
            }
        }
    }

    private func fittedWidths(to limit: Int?) -> [Int] {
        var widths = naturalWidths
        guard let limit else { return widths.map { min($0, Self.widestPadding) } }
        // Narrows a column by one at a time.
        widths = widths.map { min($0, max(limit, Self.narrowest)) }
        let minimums = columns.map { $0.isWhole ? Int.max : $0.minimum }
        shrink(
            &widths, to: limit,
            least: zip(columns, minimums).map { $0.isFlexible ? max($1, Self.narrowestFlexible) : .max })
        shrink(&widths, to: limit, least: minimums.map { max($0, Self.narrowest) })
        shrink(&widths, to: limit, least: columns.map { $0.isWhole ? Int.max : Self.narrowest })
        return widths
    }

    /// Takes from the widest column that is wider than its `least`, until the table fits or no column is.
    private func shrink(_ widths: inout [Int], to limit: Int, least: [Int]) {
        var excess = widths.reduce(0, +) + gaps - limit
        while excess > 0 {
            let wide = widths.indices.filter { widths[$0] > least[$0] }
            guard let widest = wide.max(by: { widths[$0] < widths[$1] }) else { return }
            widths[widest] -= 1
            excess -= 1
        }
    }
}
