// SPDX-License-Identifier: Apache-2.0

import Shared

extension PrimaryAnswer {
    init(acknowledged: Int, _ message: InternalMessage) {
        self.init(acknowledged: acknowledged)
        // libuv's errors are negative. The least number of all has no opposite, so it is clamped first.
        if let number = message.errno?.integer { errno = -max(Int32(clamping: number), -.max) }
        if case .string(let key) = message.key { self.key = key }
        name = message.sockname.flatMap(BoundName.init)
    }
}

extension BoundName {
    fileprivate init?(_ json: JSONValue) {
        guard case .string(let family) = json["family"], case .string(let address) = json["address"],
            case .integer(let port) = json["port"]
        else { return nil }
        self.init(family: family, address: address, port: Int(clamping: port))
    }
}
