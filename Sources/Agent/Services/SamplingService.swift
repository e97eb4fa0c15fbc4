// SPDX-License-Identifier: Apache-2.0

import ServiceLifecycle

/// Samples what instances use, whether or not somebody looks: whoever opens the web page sees the last ten minutes.
struct SamplingService: Service {
    let sampler: InstanceSampler
    let clock: any Clock<Duration>

    func run() async throws {
        await cancelWhenGracefulShutdown {
            repeat {
                await sampler.sample()
            } while (try? await clock.sleep(for: InstanceSampler.interval)) != nil
        }
    }
}
