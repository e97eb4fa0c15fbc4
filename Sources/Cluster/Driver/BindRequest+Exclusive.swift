// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Shared

extension BindRequest {
    /// For a socket of a worker's own.
    ///
    /// - Throws: EINVAL if the port is out of range.
    init(_ request: ListenRequest) throws(IOError) {
        let key = HandleKey(
            address: request.place.address, port: request.place.port ?? -1,
            addressType: request.place.addressType ?? .pipe, fd: request.place.fd, index: 0)
        let query = ServerQuery(
            sequence: 0, key: key, flags: request.flags, backlog: request.backlog, readableAll: request.readableAll,
            writableAll: request.writableAll, data: nil)
        self = try BindRequest(query, request.reusesPort ? .slots : .accepted)
    }
}
