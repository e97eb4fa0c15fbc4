// SPDX-License-Identifier: Apache-2.0

/// `1 message`, `2 messages`
func counted(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
}
