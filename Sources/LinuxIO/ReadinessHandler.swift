// SPDX-License-Identifier: Apache-2.0

/// Is told on the loop's thread when a descriptor that it registered is ready.
protocol ReadinessHandler: AnyObject {
    func didBecomeReady(_ readiness: Readiness)
}
