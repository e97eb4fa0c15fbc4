// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

struct XDGDirectoryTests {
    @Test(arguments: [
        (["XDG_STATE_HOME": "/s", "HOME": "/h"], "/s"), (["XDG_STATE_HOME": "s", "HOME": "/h"], "/h/.local/state"),
        (["XDG_STATE_HOME": "", "HOME": "/h"], "/h/.local/state"), (["HOME": "/h"], "/h/.local/state"),
        (["XDG_CONFIG_HOME": "/c"], nil), (["HOME": "h"], nil), ([:], nil),
    ])
    func `a relative path counts as missing`(environment: [String: String], expected: String?) {
        #expect(XDGDirectory.state.path { environment[$0] } == expected)
    }

    @Test func `each directory has its own variable`() {
        let environment = ["XDG_STATE_HOME": "/s", "XDG_CONFIG_HOME": "/c"]
        #expect(XDGDirectory.configuration.path { environment[$0] } == "/c")
        #expect(XDGDirectory.configuration.path { ["HOME": "/h"][$0] } == "/h/.config")
    }
}
