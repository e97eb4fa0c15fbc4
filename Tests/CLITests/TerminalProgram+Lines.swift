// SPDX-License-Identifier: Apache-2.0

import TestSupport

extension TerminalProgram {
    /// What stays on the screen: without the progress line, which comes only if the machine is slow.
    var lines: String { screen.replacing(/\r[^\r\n]*\u{1B}\[K/, with: "") }
}
