// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Standard input, output and error.
enum StandardFiles {
    /// The standard descriptors that were closed when the program started. From the first check on `/dev/null` has
    /// their numbers, as in Node (`src/node.cc`, PlatformInit). Otherwise the agent's own files would get them, and
    /// workers inherit these numbers.
    static let closedAtStart: Set<Int32> = {
        var closed: Set<Int32> = []
        while true {
            // The lowest free number (open(2)).
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
