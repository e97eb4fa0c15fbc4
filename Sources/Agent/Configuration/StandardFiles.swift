// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Standard input, output and error.
enum StandardFiles {
    /// Those that were closed when the program started. `/dev/null` has their numbers from the first look on, as in Node
    /// (`src/node.cc`, PlatformInit): they would go to the agent's own files, and workers inherit whatever has these numbers.
    static let closedAtStart: Set<Int32> = {
        var closed: Set<Int32> = []
        while true {
            // The lowest number that is free (open(2)).
            let number = open("/dev/null", O_RDWR)
            guard number > STDERR_FILENO else {
                if number < 0 { return closed }
                closed.insert(number)
                continue
            }
            close(number)
            return closed
        }
    }()
}
