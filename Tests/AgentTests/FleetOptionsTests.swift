// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Agent

/// How the fleet is configured.
struct FleetOptionsTests {
    @Test func `an agent belongs to no fleet by itself`() async throws {
        #expect(try await ConfigurationFixture.read("grace: 1s").0.fleet == nil)
    }

    @Test func `one key turns it on and the rest follows`() async throws {
        let (configuration, _) = try await ConfigurationFixture.read(
            """
            name: web
            listen: ["0.0.0.0:7420", "10.0.0.7:7421", "127.0.0.1:7422"]
            insecure: {plaintext: true}
            fleet: {url: "postgresql://cluster@db/fleet"}
            """)
        let fleet = try #require(configuration.fleet)
        let machine = AccessPolicy.machineName
        #expect(fleet.name == "\(machine)-web")
        #expect(fleet.endpoints == ["http://\(machine):7420", "http://10.0.0.7:7421"])
        #expect(fleet.maxLagBytes == 1 << 30 && fleet.maxAge == .seconds(90 * 86_400))
    }

    @Test func `no password is shown`() async throws {
        let (configuration, reader) = try await ConfigurationFixture.read(
            #"fleet: {url: "postgresql://cluster:secret@db/fleet", name: gw, endpoints: ["https://gw:7420"]}"#)
        let lines = try configuration.lines(reader).filter { $0.hasPrefix("fleet.") }
        #expect(lines.contains(#"fleet.url: "host=db dbname=fleet user=cluster"  # the file"#))
        #expect(lines.contains(#"fleet.endpoints: ["https://gw:7420"]  # the file"#))
        #expect(!lines.joined().contains("secret"))
    }

    @Test func `all else of the URL is shown as libpq reads it`() async throws {
        let url = "postgresql://a@db1,db2/fleet?sslmode=verify-full&sslrootcert=/my%20ca.pem&sslpassword=secret"
        let (configuration, reader) = try await ConfigurationFixture.read(#"fleet: {url: "\#(url)", name: gw}"#)
        let lines = try configuration.lines(reader).filter { $0.hasPrefix("fleet.url") }
        let shown = "host=db1,db2 dbname=fleet user=a sslmode=verify-full sslrootcert='/my ca.pem'"
        #expect(lines == [#"fleet.url: "\#(shown)"  # the file"#])
        let (again, _) = try await ConfigurationFixture.read(#"fleet: {url: "\#(shown)", name: gw}"#)
        #expect(again.fleet.map { "\($0.address)" } == shown)
    }

    @Test func `a password that others can read causes a warning`() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "password").path
            for (mode, warnings) in [(0o600, 0), (0o400, 0), (0o644, 1), (0o620, 1)] {
                try Data("secret".utf8).write(to: URL(filePath: file))
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
                let url = #"fleet: {url: "postgresql://db/fleet", passwordFile: "\#(file)"}"#
                let lines = Mutex<[String]>([])
                try #require(try await ConfigurationFixture.read(url).0.fleet).warnOfOthers(
                    logger: Logger(label: "test") { label in
                        LineLogHandler(label: label, format: .text) { bytes in
                            lines.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
                        }
                    })
                #expect(lines.withLock { $0.count } == warnings, "\(mode)")
                try FileManager.default.removeItem(atPath: file)
            }
        }
    }

    @Test func `the password may stand in a file`() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "password")
            try Data("secret\nmore".utf8).write(to: file)
            let url = #"fleet: {url: "postgresql://db/fleet", passwordFile: "\#(file.path)"}"#
            #expect(try await ConfigurationFixture.read(url).0.fleet?.passwordFile == file.path)
            try FileManager.default.removeItem(at: file)
            #expect(try await ConfigurationFixture.refusal(url)?.description.contains(file.path) == true)
        }
    }

    @Test(arguments: [
        (#"{url: "postgresql://me:secret@[::x/db"}"#, "fleet.url: libpq cannot read this URL"),
        (#"{url: "postgresql://db?sslmod=secret"}"#, "fleet.url: libpq knows no parameter 'sslmod'"),
        (#"{url: "postgresql://u:pa?secret=d@h/db?sslmod=x"}"#, "fleet.url: libpq cannot read this URL"),
        (#"{url: "postgresql://u:secret@h/db?sslmod=x"}"#, "fleet.url: libpq knows no parameter 'sslmod'"),
        (#"{url: "sslmod=x password=a?secret"}"#, "fleet.url: libpq cannot read this URL"),
        (#"{url: "postgresql://h/db?sslmod=@?secret"}"#, "fleet.url: libpq cannot read this URL"),
        (#"{name: web-1}"#, "fleet.name says nothing without fleet.url"),
        (#"{url: "postgresql://db", name: "a b"}"#, "fleet.name: it must be made of letters"),
        (#"{url: "postgresql://db", endpoints: ["web-1:7420"]}"#, "fleet.endpoints: it must be a URL"),
        (#"{url: "postgresql://db", maxAge: 12h}"#, "fleet.maxAge: it must be an age in whole days"),
    ])
    func `a mistake is told and no password with it`(yaml: String, problem: String) async throws {
        let error = try #require(try await ConfigurationFixture.refusal("fleet: \(yaml)"))
        #expect(error.description.contains(problem) && !error.description.contains("secret"), "\(error)")
    }
}
