// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Standard input, output and error.
enum StandardFiles {
    /// Opens `/dev/null` for those that are closed, as Node does at its start (`src/node.cc`, PlatformInit). Their
    /// numbers would go to the agent's own files, and workers inherit whatever has these numbers.
    static func open() {
        while true {
            // The lowest number that is free (open(2)).
            let number = Glibc.open("/dev/null", O_RDWR)
            guard number > STDERR_FILENO else {
                if number < 0 { return }
                continue
            }
            close(number)
            return
        }
    }
}
