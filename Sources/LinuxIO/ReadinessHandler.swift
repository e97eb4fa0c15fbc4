// SPDX-License-Identifier: Apache-2.0

/// Called on the loop's thread when a registered descriptor is ready.
protocol ReadinessHandler: AnyObject {
    func didBecomeReady(_ readiness: Readiness)
}
