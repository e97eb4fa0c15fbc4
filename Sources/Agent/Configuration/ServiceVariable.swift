// SPDX-License-Identifier: Apache-2.0

import Shared

/// The variables by which Kubernetes names every service of a namespace to its containers, and Docker every linked
/// container. Those of one called `cluster-agent` begin like the agent's own, and mean nothing to it.
enum ServiceVariable {
    /// Whether it is one of the forms that Kubernetes makes (`pkg/kubelet/envvars`): `…_SERVICE_HOST`,
    /// `…_SERVICE_PORT`, `…_SERVICE_PORT_API`, `…_PORT=tcp://…`, `…_PORT_7420_TCP` and what follows that; or one of
    /// Docker's own ("Legacy container links"): `…_NAME=/web/db`, `…_PORT_7420_TCP_START`, and `…_ENV_…` beside such a name.
    ///
    /// - Parameter environment: all variables.
    static func matches(_ name: String, value: String, in environment: [String: String]) -> Bool {
        if isLink(name, value: value) { return true }
        if let alias = name.split(separator: "_ENV_", maxSplits: 1).first, alias.count < name.count,
            let link = environment["\(alias)_NAME"], isLink("\(alias)_NAME", value: link)
        {
            return true
        }
        var words = name.split(separator: "_", omittingEmptySubsequences: false)[...]
        if name.hasSuffix("_SERVICE_HOST") || name.hasSuffix("_SERVICE_PORT") { return true }
        if name.contains("_SERVICE_PORT_") { return true }
        if words.last == "PORT", value.contains("://") { return true }
        if let last = words.last, ["PROTO", "PORT", "ADDR", "START", "END"].contains(last) { words = words.dropLast() }
        guard words.count >= 3, let transport = words.last, ["TCP", "UDP", "SCTP"].contains(transport) else {
            return false
        }
        words = words.dropLast()
        return words.last.map { UInt16(digits: $0) != nil } ?? false && words.dropLast().last == "PORT"
    }

    /// Whether it is `…_NAME=/web/db`: a container and the name that it has for another one.
    static func isLink(_ name: String, value: String) -> Bool {
        guard name.hasSuffix("_NAME"), value.hasPrefix("/") else { return false }
        return value.split(separator: "/", omittingEmptySubsequences: false).count == 3
    }
}
