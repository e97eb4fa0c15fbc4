// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Shared

/// What an application's package.json tells of how it is started.
struct PackageManifest: Hashable {
    /// Without the scope: `@acme/web` is `web`. Nil if it is no name for an agent.
    let name: String?
    /// `scripts.start` as it is written.
    let start: String?
    let main: String?

    /// No package.json is larger.
    private static let maxBytes = 1 << 20

    /// Nil if the folder has none.
    /// - Throws: `StartupError` (78) if it cannot be read.
    init?(in folder: String) throws(StartupError) {
        let path = folder + "/package.json"
        let bytes: [UInt8]
        do throws(SystemProblem) {
            bytes = try FileContent.read(path, limit: Self.maxBytes, isRegular: true)
        } catch {
            switch error.code {
            case ENOENT: return nil
            case ESPIPE: throw StartupError(.configuration, "cannot read \(path): it is not a file")
            case EFBIG: throw StartupError(.configuration, "cannot read \(path): it has more than 1 MiB")
            default: throw StartupError(.configuration, "cannot read \(path)", error)
            }
        }
        // npm skips a byte order mark too.
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        guard let keys = try? JSONDecoder().decode([String: JSONValue].self, from: Data(text)) else {
            throw StartupError(.configuration, "cannot read \(path): it is not a JSON object")
        }
        self.init(keys)
    }

    init(_ keys: [String: JSONValue]) {
        name = Self.text(keys["name"])?.split(separator: "/").last.map(String.init)
            .flatMap { GivenName.isValid($0) ? $0 : nil }
        main = Self.text(keys["main"])
        guard case .object(let scripts)? = keys["scripts"] else {
            start = nil
            return
        }
        start = Self.text(scripts["start"])
    }

    private static func text(_ value: JSONValue?) -> String? {
        guard case .string(let text)? = value, !text.isEmpty else { return nil }
        return text
    }
}
