// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import Testing

/// Counts that come from an agent.
@Suite struct OperationProgressTests {
    @Test(arguments: [
        #"{"total":9223372036854775807,"replaced":-1,"instances":[]}"#,
        #"{"total":-9223372036854775808,"replaced":1,"instances":[]}"#,
        #"{"total":1,"replaced":-9223372036854775808,"instances":[{"instance":0,"state":"replaced","workerId":1}]}"#,
    ])
    func `a count below 0 is refused`(json: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(OperationProgress.self, from: Data(json.utf8))
        }
    }

    @Test func `the largest count is accepted`() throws {
        let json = #"{"total":9223372036854775807,"replaced":9223372036854775807,"instances":[]}"#
        let progress = try JSONDecoder().decode(OperationProgress.self, from: Data(json.utf8))
        #expect(progress == OperationProgress(total: .max, replaced: .max, instances: []))
    }
}
