// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import Hummingbird

/// The route for monitoring.
struct MetricsRoute: Sendable {
    let collector: MetricCollector

    func add(to router: Router<AgentRequestContext>) {
        router.on(.metrics) { _ in
            Response(
                status: .ok, headers: [.contentType: MetricText.mediaType, .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: MetricText.render(await collector.families()))))
        }
    }
}
