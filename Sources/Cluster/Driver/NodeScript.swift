// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How Node would run what `exec` names.
///
/// The path counts as Node's if `node PATH` would find a script there (Node `lib/internal/modules/cjs/loader.js`,
/// `_findPath`). Node does the rest itself, so the program sees the arguments that it sees under `node PATH`.
struct NodeScript: Equatable {
    private static let endings = [".js", ".cjs", ".mjs", ".ts", ".cts", ".mts"]

    /// A path, or a name that is looked for in PATH.
    let interpreter: String
    /// The interpreter's own, before those of the settings.
    let arguments: [String]

    /// Nil if the path is not Node's.
    init?(at path: String) {
        switch FileKind(path) {
        case .file:
            guard let line = Self.firstLine(of: path), line.hasPrefix("#!") else {
                guard Self.hasEnding(path) else { return nil }
                self.init()
                return
            }
            if let named = NodeScript(shebang: line) {
                self = named
            } else if Self.hasEnding(path) {
                self.init()
            } else {
                return nil
            }
        case .directory, nil:
            guard Self.isModule(path) else { return nil }
            self.init()
        case .other: return nil
        }
    }

    private init() {
        interpreter = "node"
        arguments = []
    }

    /// Takes the interpreter from a script's first line (execve(2), env(1)). Nil if it is not Node.
    init?(shebang line: String) {
        var words = line.dropFirst(2).split(whereSeparator: { $0 == " " || $0 == "\t" })[...]
        if words.first.map({ Self.name($0) }) == "env" {
            words = words.dropFirst().drop { $0 == "-S" || $0 == "--split-string" || $0.contains("=") }
        }
        guard let interpreter = words.popFirst(), Self.isNode(interpreter) else { return nil }
        self.interpreter = String(interpreter)
        arguments = words.map(String.init)
    }

    /// - Parameter program: a path or a name.
    static func isNode(_ program: some StringProtocol) -> Bool {
        ["node", "nodejs"].contains(name(Substring(program)))
    }

    private static func name(_ path: Substring) -> Substring {
        path.split(separator: "/").last ?? path
    }

    private static func hasEnding(_ path: String) -> Bool {
        endings.contains { path.hasSuffix($0) }
    }

    /// `server` for server.js; a directory with package.json or index.js.
    private static func isModule(_ path: String) -> Bool {
        ["\(path).js", "\(path)/package.json", "\(path)/index.js"].contains { FileKind($0) == .file }
    }

    /// Nil if the file cannot be read or its first line is longer than the kernel takes.
    private static func firstLine(of path: String) -> String? {
        // It may be another file by now, and opening anything but a regular file might block.
        let number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard number >= 0 else { return nil }
        defer { close(number) }
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
            let count = read(number, buffer.baseAddress, buffer.count)
            guard count > 0 else { return nil }
            guard let end = buffer[..<count].firstIndex(where: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") })
            else { return count < buffer.count ? String(decoding: buffer[..<count], as: UTF8.self) : nil }
            return String(decoding: buffer[..<end], as: UTF8.self)
        }
    }
}
