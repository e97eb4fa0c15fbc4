// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import CLI

struct InventoryTests {
    private static let byHand = """
        # our fleet
        hosts:
          web-1:   # the old one
            url: http://10.0.0.7:7420
            groups: [web]

          # behind the wall
          db: {url: "unix:/run/db.sock"}
        """

    private func edited(
        _ text: String, _ edit: (InventoryFile) throws -> Void
    ) async throws -> (text: String, inventory: Inventory) {
        try await withTemporaryDirectory { directory in
            let file = InventoryFile(path: directory.appending(path: "sub/hosts.yaml").path)
            if !text.isEmpty {
                try FileManager.default.createDirectory(
                    at: directory.appending(path: "sub"), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: URL(filePath: file.path))
            }
            try edit(file)
            return (try String(contentsOfFile: file.path, encoding: .utf8), try file.read())
        }
    }

    @Test(arguments: [
        "", "\n", "# nothing yet\n", "hosts:\n", "hosts: {}\n", "---\nhosts: {}\n", byHand, byHand + "\n\n",
    ])
    func `a host is added to whatever is there, and comments stay`(text: String) async throws {
        let entry = Inventory.Entry(
            url: "https://new:7420", groups: ["web", "yes", "5", "a.b-c_d"], tokenFile: "/a: #b", key: "~/ü\"\\")
        let before = try InventoryFile.parse(text, from: "x")
        let (after, inventory) = try await edited(text) { try $0.add("new-1", entry) }
        #expect(inventory.hosts["new-1"] == entry)
        #expect(inventory.hosts.count == before.hosts.count + 1)
        #expect(after.contains("# our fleet") == text.contains("# our fleet"))
        #expect(after.contains("# behind the wall") == text.contains("# behind the wall"))
    }

    @Test func `a removed host leaves the others and their comments`() async throws {
        let (text, inventory) = try await edited(Self.byHand) { try $0.remove("web-1") }
        #expect(inventory.names == ["db"])
        #expect(text.contains("# behind the wall") && !text.contains("10.0.0.7"))
    }

    @Test func `the last host can be removed and one added again`() async throws {
        let (_, inventory) = try await edited("hosts:\n  a:\n    url: unix:/a\n") {
            try $0.remove("a")
            try $0.add("b", Inventory.Entry(url: "unix:/b"))
        }
        #expect(inventory.names == ["b"])
    }

    @Test func `the line ends of Windows are named as the reason`() async throws {
        let error = await #expect(throws: ValidationError.self) {
            try await edited("hosts:\r\n  a:\r\n    url: unix:/a\r\n") {
                try $0.add("b", Inventory.Entry(url: "unix:/b"))
            }
        }
        #expect(error?.message.contains("has the line ends of Windows (CRLF)") == true)
    }

    @Test func `the line ends of old Macs get the advice that mends them`() async throws {
        let error = await #expect(throws: ValidationError.self) {
            try await edited("hosts:\r  a:\r    url: unix:/a\r") {
                try $0.add("b", Inventory.Entry(url: "unix:/b"))
            }
        }
        #expect(error?.message.contains(#"sed -i 's/\r/\n/g' "#) == true)
    }

    @Test func `a name is not taken twice and not removed twice`() async throws {
        await #expect(throws: (any Error).self) {
            try await edited(Self.byHand) { try $0.add("db", Inventory.Entry(url: "unix:/x")) }
        }
        await #expect(throws: (any Error).self) { try await edited(Self.byHand) { try $0.remove("none") } }
    }

    @Test func `a file that cannot be edited by lines is left alone`() async throws {
        let flow = "hosts: {a: {url: unix:/a}}\n"
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "hosts.yaml").path
            try Data(flow.utf8).write(to: URL(filePath: path))
            #expect(throws: (any Error).self) {
                try InventoryFile(path: path).add("b", Inventory.Entry(url: "unix:/b"))
            }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == flow)
        }
    }

    @Test(arguments: [
        (": [", "line 1"), ("hosts:\n  a:\n    url: [1]", "line 3: a: 'url' must be a text"),
        ("hosts:\n  a:\n    groups: []", "line 2: a: 'url' is missing"),
        ("hosts:\n  a: {url: x, groups: web}", "line 2: a: 'groups' must be a list"),
        ("host:\n  a: {url: x}", "line 1: the inventory has no 'host'. Did you mean 'hosts'?"),
        ("hosts:\n  a:\n    url: x\n    tokenfile: y", "line 4: a has no 'tokenfile'. Did you mean 'tokenFile'?"),
        ("hosts:\n  a: {url: x, [b]: c}", "line 2: a has no ''"),
        ("hosts:\n  a: {url: x}\n  a: {url: y}", "line 3: 'hosts.a' is here for the second time"),
        ("hosts:\n  a: {url: x}\nhosts:\n  b: {url: y}", "line 3: 'hosts' is here for the second time"),
        ("hosts:\n  a:\n    url: x\n    url: y", "line 4: 'hosts.a.url' is here for the second time"),
        ("hosts:\n  a: {url: x, groups: ['$(touch /tmp/x)']}", "line 2: a: a group's name is expected here"),
        ("hosts:\n  a: {url: x, groups: [\"a b\"]}", "line 2: a: a group's name is expected here"),
        ("hosts:\n  a: {url: x, groups: ['-x']}", "line 2: a: a group's name is expected here"),
        ("hosts:\n  a: {url: x, tokenFile: \"a\\0b\"}", "line 2: a: 'tokenFile' must be a text of one line"),
        ("hosts:\n  a:\n    url: \u{0}", "line 3: control characters are not allowed"),
        ("hosts:\r\n  a:\r\n    url: \u{1B}[2J", "line 3: control characters are not allowed"),
        ("hosts:\r  a:\r    url: \u{1B}[2J", "line 3: control characters are not allowed"),
    ])
    func `an error is reported with its line`(text: String, expected: String) {
        let error = #expect(throws: (any Error).self) { try InventoryFile.parse(text, from: "x") }
        #expect(error.map { "\($0)".contains(expected) } ?? false)
    }

    @Test func `aliases cannot make the document endless`() {
        let layers = (1...12).map {
            "  l\($0): &l\($0) [\(Array(repeating: "*l\($0 - 1)", count: 9).joined(separator: ","))]"
        }
        let text = "hosts:\n  l0: &l0 x\n" + layers.joined(separator: "\n")
        #expect(throws: (any Error).self) { try InventoryFile.parse(text, from: "x") }
    }

    /// Texts for which libyaml alone would take seconds or a gigabyte.
    enum CostlyText: CaseIterable {
        case brackets, braces, questions, anchors, directives, elements, dashes

        var content: String {
            switch self {
            case .brackets: String(repeating: "[", count: 1_000_000)
            case .braces: String(repeating: "{", count: 1_000_000)
            case .questions: String(repeating: "? ", count: 500_000)
            case .anchors: "[" + (0..<40_000).map { "&a\($0) 1" }.joined(separator: ", ") + "]"
            case .directives: (0..<60_000).map { "%TAG !a\($0)! x\n" }.joined() + "--- 1"
            case .elements: "[" + Array(repeating: "1", count: 500_000).joined(separator: ",") + "]"
            case .dashes: "- " + String(repeating: "- ", count: 300_000)
            }
        }
    }

    /// The program reads it: a test's process has the agent's libyaml too, with limits of its own.
    @Test(.timeLimit(.minutes(1)), arguments: CostlyText.allCases)
    func `a text that costs libyaml too much is given up early`(_ text: CostlyText) async throws {
        try await withTemporaryDirectory { home in
            let folder = home.appending(path: "cluster")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(text.content.utf8).write(to: folder.appending(path: "hosts.yaml"))
            let outcome = try await CLIProgram.run(["hosts"], home: home)
            let words = text == .directives ? "there are too many directives" : "the document is too deep or too large"
            #expect(outcome.status == 64 && outcome.errors.contains(words), "\(outcome.errors.prefix(300))")
        }
    }

    @Test func `an inventory of thousands of hosts is read, and a larger file is refused`() async throws {
        let hosts = (0..<10_000).map { "  web-\($0):\n    url: http://10.0.0.7:7420\n    groups: [web]\n" }.joined()
        try await withFile(Array(("hosts:\n" + hosts).utf8)) { file, _ in
            let inventory = try file.read()
            #expect(inventory.hosts.count == 10_000)
        }
        try await withFile(Array(repeating: UInt8(ascii: "#"), count: InventoryFile.largest + 1)) { file, _ in
            let error = #expect(throws: ValidationError.self) { try file.read() }
            #expect(error?.message.contains("longer than 1048576 bytes") == true)
        }
    }

    @Test(arguments: [
        "hosts: 5", "hosts: [a]", "hosts:\n  a: {}", "hosts:\n  a:\n    url: [1]", "{", "a: b: c",
        "hosts:\n  'a b': {url: x}",
        "just text", "&a [*a]", "a: b", "hosts: {}\n---\nhosts: {}", "\u{0}",
    ])
    func `a file that is not an inventory is refused`(text: String) {
        #expect(throws: (any Error).self) { try InventoryFile.parse(text, from: "x") }
    }

    private func withFile(
        _ bytes: [UInt8], _ body: (InventoryFile, _ directory: URL) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "hosts.yaml").path
            try Data(bytes).write(to: URL(filePath: path))
            try await body(InventoryFile(path: path), directory)
        }
    }

    @Test func `bytes that are not UTF-8 are refused and stay`() async throws {
        let bytes = Array("# caf".utf8) + [0xE9] + Array("\nhosts: {}\n".utf8)
        try await withFile(bytes) { file, _ in
            #expect(throws: (any Error).self) { try file.read() }
            #expect(throws: (any Error).self) { try file.add("a", Inventory.Entry(url: "unix:/a")) }
            let after = try Data(contentsOf: URL(filePath: file.path))
            #expect(after == Data(bytes))
        }
    }

    @Test(arguments: [0o600, 0o644, 0o640])
    func `the file keeps its mode`(mode: Int) async throws {
        try await withFile(Array("hosts: {}\n".utf8)) { file, _ in
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
            try file.add("a", Inventory.Entry(url: "unix:/a"))
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
            #expect(attributes[.posixPermissions] as? Int == mode)
        }
    }

    @Test func `a new file is for its user alone`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "a/b/hosts.yaml").path
            try InventoryFile(path: path).add("a", Inventory.Entry(url: "unix:/a"))
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path + "/a/b") == ["hosts.yaml"])
        }
    }

    @Test func `a link stays a link, and the file that it leads to is edited`() async throws {
        try await withFile(Array("hosts: {}\n".utf8)) { file, directory in
            let link = directory.appending(path: "link.yaml").path
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "hosts.yaml")
            try InventoryFile(path: link).add("a", Inventory.Entry(url: "unix:/a"))
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "hosts.yaml")
            #expect(try file.read().names == ["a"])
            let dangling = directory.appending(path: "dangling.yaml").path
            try FileManager.default.createSymbolicLink(atPath: dangling, withDestinationPath: "nowhere/hosts.yaml")
            #expect(throws: OutputFailure.self) {
                try InventoryFile(path: dangling).add("a", Inventory.Entry(url: "unix:/a"))
            }
        }
    }

    /// As `flock DIR sleep 99` does, which anyone can start who may read the folder.
    @Test func `an edit does not wait for ever for a lock, and names its holder`() async throws {
        try await withFile(Array("hosts: {}\n".utf8)) { file, directory in
            let descriptor = open(directory.path, O_RDONLY | O_DIRECTORY)
            defer { close(descriptor) }
            try #require(flock(descriptor, LOCK_EX) == 0)
            let error = #expect(throws: OutputFailure.self) {
                _ = try FileReplacement(of: file.path, patience: .milliseconds(50))
            }
            #expect(error?.reason.contains("(pid \(getpid())) has locked \(directory.path)") == true)
            try #require(flock(descriptor, LOCK_UN) == 0)
            try file.add("a", Inventory.Entry(url: "unix:/a"))
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func `what root makes in a user's home belongs to the user`() async throws {
        try await withTemporaryDirectory { home in
            try #require(chown(home.path, 65_534, 65_534) == 0)
            let path = home.appending(path: ".config/cluster/hosts.yaml").path
            try InventoryFile(path: path).add("a", Inventory.Entry(url: "unix:/a"))
            for made in [".config", ".config/cluster", ".config/cluster/hosts.yaml"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: home.path + "/" + made)
                #expect(attributes[.ownerAccountID] as? Int == 65_534, "\(made)")
                #expect(attributes[.groupOwnerAccountID] as? Int == 65_534, "\(made)")
            }
        }
    }

    @Test func `a url with a password or without end is not shown as it is`() async throws {
        let long = "http://x/?" + String(repeating: "x", count: 10_000)
        let text = "hosts:\n  a:\n    url: http://u:s3cret@x\n  b:\n    url: \(long)\n"
        try await withTemporaryDirectory { home in
            try FileManager.default.createDirectory(
                at: home.appending(path: "cluster"), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: home.appending(path: "cluster/hosts.yaml"))
            for arguments in [["--all-hosts", "status"], ["hosts"]] {
                let outcome = try await CLIProgram.run(arguments, home: home)
                let shown = outcome.output + outcome.errors
                #expect(shown.contains("http://…@x") && !shown.contains("s3cret"), "\(shown)")
                #expect(shown.utf8.count < 2000)
            }
            let given = try await CLIProgram.run(["-H", "http://u:s3cret@x", "status"], home: home)
            #expect(given.status == 64 && !given.errors.contains("s3cret"))
        }
    }

    @Test func `a socket's path that is too long is called so`() async throws {
        try await withTemporaryDirectory { home in
            let path = "/" + String(repeating: "x", count: 107)
            let outcome = try await CLIProgram.run(["-H", "unix:\(path)", "status"], home: home)
            #expect(outcome.status == 69 && outcome.errors.contains("at most 107 bytes"), "\(outcome.errors)")
        }
    }

    @Test func `a file that is not there yet is told when its host is added`() async throws {
        try await withTemporaryDirectory { home in
            let outcome = try await CLIProgram.run(
                ["hosts", "add", "a", "https://a:7420", "--token-file", "/nope"], home: home)
            #expect(outcome.status == 0)
            #expect(outcome.errors == "a: warning: cannot read /nope: no such file\n")
        }
    }

    @Test func `many edits at once lose nothing`() async throws {
        try await withTemporaryDirectory { home in
            try await withThrowingTaskGroup(of: Int32.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try await CLIProgram.run(["hosts", "add", "h\(number)", "unix:/\(number)"], home: home).status
                    }
                }
                for try await status in group { #expect(status == 0) }
            }
            let path = home.appending(path: "cluster/hosts.yaml").path
            #expect(try InventoryFile(path: path).read().hosts.count == 20)
            #expect(try FileManager.default.contentsOfDirectory(atPath: home.path + "/cluster") == ["hosts.yaml"])
        }
    }

    @Test(arguments: [
        "/dev/zero", "/", "/proc/self/mem",
    ])
    func `a file that is not small is refused`(path: String) {
        #expect(throws: (any Error).self) { try InventoryFile(path: path).read() }
    }

    @Test func `a relative XDG path is ignored, as by the agent`() async throws {
        try await withTemporaryDirectory { home in
            let added = try await CLIProgram.run(
                ["hosts", "add", "a", "unix:/a"], home: home, environment: ["XDG_CONFIG_HOME": "relative"])
            #expect(added.status == 0)
            #expect(try InventoryFile(path: home.path + "/.config/cluster/hosts.yaml").read().names == ["a"])
            let asked = try await CLIProgram.run(
                ["workers"], home: home, environment: ["CLUSTER_DATA_DIR": "", "XDG_STATE_HOME": "relative"])
            #expect(asked.errors.contains("\(home.path)/.local/state/cluster-agent/agent.sock"))
        }
    }
}
