// SPDX-License-Identifier: Apache-2.0

import Shared

extension ListenRequest {
    /// Refuses what nobody could listen on.
    ///
    /// - Throws: `INVALID_FIELD`
    func check() throws(ClusterError) {
        if let limit = maxConnections, limit < 1 {
            throw Self.invalid(
                "maxConnections", "maxConnections must be at least 1, not \(limit); leave it out for no limit")
        }
        switch place.addressType {
        case nil:
            guard let fd = place.fd, fd >= 0 else { throw Self.invalid("descriptor", "a descriptor is 0 or more") }
        case .pipe:
            guard place.address?.isEmpty == false else { throw Self.invalid("path", "an empty path names no socket") }
        case .tcp4, .tcp6, .udp4, .udp6:
            guard let port = place.port, 0...65535 ~= port else {
                throw Self.invalid("port", "\(place.port ?? -1) is not a port; give one from 0 to 65535")
            }
        }
    }

    private static func invalid(_ field: String, _ problem: String) -> ClusterError {
        ClusterError(.invalidArgument, .invalidField, problem, metadata: ["field": field])
    }
}
