// SPDX-License-Identifier: Apache-2.0

import Shared

/// The variables by which Kubernetes names every service of a namespace to its containers. Those of a service called
/// `cluster-agent` begin like the agent's own, and mean nothing to it.
enum ServiceVariable {
    /// Whether it is one of the forms that Kubernetes makes (`pkg/kubelet/envvars`): `…_SERVICE_HOST`,
    /// `…_SERVICE_PORT`, `…_SERVICE_PORT_API`, `…_PORT=tcp://…`, `…_PORT_7420_TCP` and what follows that.
    static func matches(_ name: String, value: String) -> Bool {
        var words = name.split(separator: "_", omittingEmptySubsequences: false)[...]
        if name.hasSuffix("_SERVICE_HOST") || name.hasSuffix("_SERVICE_PORT") { return true }
        if name.contains("_SERVICE_PORT_") { return true }
        if words.last == "PORT", value.contains("://") { return true }
        if let last = words.last, ["PROTO", "PORT", "ADDR"].contains(last) { words = words.dropLast() }
        guard words.count >= 3, let transport = words.last, ["TCP", "UDP", "SCTP"].contains(transport) else {
            return false
        }
        words = words.dropLast()
        return words.last.map { UInt16(digits: $0) != nil } ?? false && words.dropLast().last == "PORT"
    }
}
