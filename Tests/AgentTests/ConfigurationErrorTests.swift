// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Contract
import Foundation
import Logging
import Shared
import TestSupport
import Testing
import Yams

@testable import Agent

/// What is wrong with a configuration, as it is told.
@Suite struct ConfigurationErrorTests {
    @Test func `all values that are none are told at once`() async throws {
        let error = try await ConfigurationFixture.refusal(
            "grace: never\nworkers: 2\nlimits:\n  watchers: +5\n  connections: 0\n",
            environment: ["CLUSTER_AGENT_MAX_WORKERS": "many"])
        #expect(error?.code == .configuration)
        let lines = error?.description.split(separator: "\n") ?? []
        #expect(lines.count == 4, "nothing is said of the workers, who need an EXEC: \(lines)")
        for text in ["agent.yaml:1: grace: it", ":4: limits.watchers: it", ":5: limits.connections: it"] {
            #expect(lines.contains { $0.contains(text) }, "\(text)")
        }
        #expect(lines.contains { $0.hasPrefix("CLUSTER_AGENT_MAX_WORKERS: it must be") })
    }

    @Test func `values that do not go together do not hide one that is none`() async throws {
        let error = try await ConfigurationFixture.refusal(
            "tls:\n  cert: a\n  roles: {read: [CN=a], admin: [CN=a]}\nlogLevel: loud\n")
        #expect(
            error?.description.contains("agent.yaml:4: logLevel: it must be") == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        ("worker: {listen: [\"0.0.0.0:80\"]}", "worker.listen"), ("worker: {ready: soon}", "worker.ready"),
        ("worker: {disconnectSignal: 0}", "worker.disconnectSignal"), ("worker: {port: 80}", "worker.port"),
    ])
    func `an error in the workers' sockets is named`(_ yaml: String, _ key: String) async throws {
        let error = try await ConfigurationFixture.refusal(yaml)
        #expect(error?.code == .configuration && error?.description.contains(key) == true)
    }

    @Test(arguments: [
        ("schedulingPolicy: none\nsteering: {sticky: address}", "steering.sticky needs the policy rr or reuseport"),
        ("schedulingPolicy: reuseport\nsteering: {sticky: header}", "steering.sticky: header needs the policy rr"),
        (
            "worker: {listen: [tcp://127.0.0.1:8000]}\nsteering: {sticky: header}",
            "steering.sticky does nothing with worker.listen"
        ),
        ("steering: {stickyHeader: X-ID}", "steering.stickyHeader does nothing without steering.sticky: header"),
        ("steering: {stickyWait: 2s}", "steering.stickyWait does nothing without steering.sticky: header"),
    ])
    func `a configuration that would make no client sticky is refused`(_ yaml: String, _ problem: String) async throws {
        let error = try await ConfigurationFixture.refusal("exec: /bin/sh\n" + yaml + "\n")
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
    }

    @Test func `a variable may name the file`() async throws {
        let error = try await ConfigurationFixture.refusal(environment: ["CLUSTER_AGENT_CONFIG": "/no/such/file.yaml"])
        #expect(error?.code == .configuration)
        #expect(error?.description == "cannot read the configuration /no/such/file.yaml: No such file or directory")
    }

    @Test(arguments: ["", "# nothing\n", "{}", "---\n"])
    func `the file may be empty`(yaml: String) async throws {
        let refusal = try await ConfigurationFixture.refusal(yaml)
        #expect(refusal == nil, "\(refusal?.description ?? "")")
    }

    @Test(arguments: [
        ("wokers: 2", ":1: there is no key wokers. Did you mean 'workers'?"),
        (
            "grace: 1\nlimits:\n  conections: 2\n",
            ":3: there is no key limits.conections. Did you mean 'limits.connections'?"
        ),
        ("tls:\n  client_ca: x\n", "Did you mean 'tls.clientCA'?"),
        ("DATADIR: /x", "Did you mean 'dataDir'?"),
        ("limits: 3", "limits: it must be keys with values"),
        ("listen: 127.0.0.1:1", "listen: it must be a list"),
        ("grace: [1]", "grace: it must be one value"),
        ("grace: soon", "grace: it must be a time up to a day, such as 10, 500ms, 1m, not soon"),
        ("workers: -1", ":1: workers: it must be a number up to 1000"),
        ("maxWorkers: 0", ":1: maxWorkers: it must be a number from 1 to 100000, not 0"),
        ("insecure: {noAuth: yes}", "insecure.noAuth: it must be true or false, not yes"),
        ("logLevel: loud", "logLevel: it must be one of trace"),
        ("tls: {roles: {read: [a], admin: [a]}}", "a has another role already"),
        ("- a\n- b\n", "it must be keys with values"),
        ("hostNames: [a, \"proxy:80\"]", "agent.yaml:1: hostNames: it must be a name without a port, not proxy:80"),
        ("hostNames: [\"a b\"]", "hostNames: it must be a name without a port, not a b"),
        ("a: b: c", "cannot read the configuration"),
        ("grace: 1\nworkers: 2\n\"grace\": 2\n", "agent.yaml:3: it has grace twice"),
        ("worker:\n  ready: notify\n  channel: true\n  ready: notify\n", "agent.yaml:4: it has worker.ready twice"),
        (
            "tls:\n  roles:\n    # who reads\n    read: [a]\n    read: [b]\n",
            "agent.yaml:5: it has tls.roles.read twice"
        ),
        ("worker.ready: notify\nworker:\n  ready: notify\n", "agent.yaml:3: it has worker.ready twice"),
        ("{grace: 1, grace: 2}", "agent.yaml: it has grace twice"),
        ("tls: {cert: a, cert: b}", "agent.yaml: it has tls.cert twice"),
        ("grace: 1\r\nworkers: 2\r\ngrace: 2\r\n", "agent.yaml:3: it has grace twice"),
        ("grace: 1\nworkers: 2\n", "agent.yaml:2: workers needs an EXEC to fork"),
        (
            "maxWorkers: 2\nexec: /bin/true\nworkers: 3\n",
            "agent.yaml:3: workers is 3, more than maxWorkers, which is 2"
        ),
        ("\nexec: /no/such/program", "agent.yaml:2: cannot find exec: /no/such/program"),
        ("grace: 1\nlisten: [\"0.0.0.0:1\"]", "agent.yaml:2: listen: 0.0.0.0:1 can be reached"),
        ("listen: [\"0.0.0.0:1\"]", "set tls.cert and tls.key, listen on 127.0.0.1, or set insecure.plaintext: true"),
        (
            "listen: [\"0.0.0.0:1\"]\ninsecure: {noAuth: true}",
            "agent.yaml:2: insecure.noAuth is for loopback only, and 0.0.0.0:1 is not"
        ),
    ])
    func `an error in the file is named`(yaml: String, complaint: String) async throws {
        let error = try #require(try await ConfigurationFixture.refusal(yaml))
        #expect(error.code == .configuration && error.description.contains(complaint), "\(error)")
    }

    @Test(arguments: [
        ("CLUSTER_AGENT_GRACIE", "1", "there is no variable CLUSTER_AGENT_GRACIE. Did you mean 'CLUSTER_AGENT_GRACE'?"),
        ("CLUSTER_AGENT_GRACE", "soon", "CLUSTER_AGENT_GRACE: it must be a time"),
        ("CLUSTER_AGENT_LISTEN", "x", "CLUSTER_AGENT_LISTEN: it must be HOST:PORT, such as"),
        ("CLUSTER_AGENT_WORKRES", "2", "Did you mean 'CLUSTER_AGENT_WORKERS'?"),
        ("CLUSTER_AGENT_PORT", "7420", "there is no variable CLUSTER_AGENT_PORT"),
        ("CLUSTER_AGENT_PORT_x_TCP", "7420", "there is no variable CLUSTER_AGENT_PORT_x_TCP"),
        ("CLUSTER_AGENT_NAME", "../web", "CLUSTER_AGENT_NAME: it must be made of letters"),
        ("CLUSTER_AGENT_ENV_FLES", "a", "Did you mean 'CLUSTER_AGENT_ENV_FILES'?"),
    ])
    func `an error in the environment is named`(name: String, value: String, complaint: String) async throws {
        let error = try #require(try await ConfigurationFixture.refusal(environment: [name: value]))
        #expect(error.code == .configuration && error.description.contains(complaint), "\(error)")
    }

    @Test func `all unknown keys are named in the order of their lines`() async throws {
        let error = try #require(try await ConfigurationFixture.refusal("grace: [1]\nwokers: 2\nlimits:\n  many: 3\n"))
        let lines = error.description.split(separator: "\n").map {
            $0.split(separator: "agent.yaml").last.map(String.init)
        }
        try #require(lines.count == 3)
        #expect(lines[0]?.hasPrefix(":1: grace") == true)
        #expect(lines[1]?.hasPrefix(":2: there is no key wokers") == true)
        #expect(lines[2]?.hasPrefix(":4: there is no key limits.many") == true)
    }

    /// An error is named in the words of its place: the file, a flag or a variable.
    @Test func `a variable that needs another one is named`() async throws {
        let error = try #require(try await ConfigurationFixture.refusal(environment: ["CLUSTER_AGENT_WORKERS": "2"]))
        #expect(error.code == .configuration)
        #expect(error.description == "CLUSTER_AGENT_WORKERS needs an EXEC to fork")
        #expect(
            try await ConfigurationFixture.refusal(flags: ["--workers", "2"])?.description
                == "--workers needs an EXEC to fork")
    }

    /// What Kubernetes tells every container of a service called `cluster-agent`, or `cluster-agent-api`.
    @Test func `the variables of a container that Docker has linked are ignored`() async throws {
        let environment = [
            "CLUSTER_AGENT_NAME": "/web/cluster-agent", "CLUSTER_AGENT_ENV_PATH": "/usr/bin",
            "CLUSTER_AGENT_PORT": "tcp://172.17.0.5:7420", "CLUSTER_AGENT_PORT_7420_TCP_START": "tcp://172.17.0.5:7420",
            "CLUSTER_AGENT_PORT_7430_TCP_END": "tcp://172.17.0.5:7430",
        ]
        #expect(try await ConfigurationFixture.refusal(environment: environment) == nil)
    }

    @Test func `the variables of a Kubernetes service are ignored`() async throws {
        var environment: [String: String] = [:]
        for service in ["CLUSTER_AGENT", "CLUSTER_AGENT_API"] {
            environment[service + "_SERVICE_HOST"] = "10.96.0.12"
            environment[service + "_SERVICE_PORT"] = "7420"
            environment[service + "_SERVICE_PORT_METRICS"] = "7420"
            environment[service + "_PORT"] = "tcp://10.96.0.12:7420"
            for (transport, scheme) in [("TCP", "tcp"), ("UDP", "udp"), ("SCTP", "sctp")] {
                let port = service + "_PORT_7420_" + transport
                environment[port] = "\(scheme)://10.96.0.12:7420"
                environment[port + "_PROTO"] = scheme
                environment[port + "_PORT"] = "7420"
                environment[port + "_ADDR"] = "10.96.0.12"
            }
        }
        let refusal = try await ConfigurationFixture.refusal(environment: environment)
        #expect(refusal == nil, "\(refusal?.description ?? "")")
    }

    @Test func `an endless file is refused`() async throws {
        let error = try await ConfigurationFixture.refusal(flags: ["--config", "/dev/zero"])
        #expect(error?.code == .configuration)
        #expect(error?.description == "cannot read the configuration /dev/zero: File too large")
    }

    @Test func `a file that is not text is refused`() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "agent.yaml")
            try Data([0x61, 0x3a, 0xff]).write(to: file)
            let error = try await ConfigurationFixture.refusal(flags: ["--config", file.path])
            #expect(error?.description == "cannot read the configuration \(file.path): it is not UTF-8 text")
        }
    }

    @Test(arguments: [["--tls-cert", "a"], ["--tls-key", "b"], ["--tls-client-ca", "c"]])
    func `TLS needs both its files`(flags: [String]) async throws {
        #expect(try await ConfigurationFixture.refusal(flags: flags)?.code == .usage)
    }

    /// The command line is not wrong if it says nothing.
    @Test(arguments: [
        "tls: {cert: a}", "tls: {key: a}", "tls: {clientCA: a}", "workers: 2", "listen: [\"0.0.0.0:1\"]",
        "exec: /no/such/program",
        "listen: [\"0.0.0.0:1\"]\ninsecure: {noAuth: true}",
    ])
    func `values that contradict each other in the file are the file's mistake`(yaml: String) async throws {
        #expect(try await ConfigurationFixture.refusal(yaml)?.code == .configuration)
    }

    @Test(arguments: [
        ["--workers", "2"], ["--listen", "0.0.0.0:1"], ["--listen", "0.0.0.0:1", "--insecure-no-auth"],
    ])
    func `values that contradict each other on the command line are its mistake`(flags: [String]) async throws {
        #expect(try await ConfigurationFixture.refusal(flags: flags)?.code == .usage)
    }

    @Test func `other machines may connect with TLS`() async throws {
        let flags = ["--listen", "0.0.0.0:1", "--tls-cert", "a", "--tls-key", "b"]
        let (configuration, _) = try await ConfigurationFixture.read(flags: flags)
        #expect(configuration.tls == TLSFiles(certificate: "a", key: "b"))
        #expect(try await ConfigurationFixture.refusal(flags: flags + ["--insecure-no-auth"])?.code == .usage)
    }

    @Test func `an empty data directory is refused`() async throws {
        let error = try #require(try await ConfigurationFixture.refusal(flags: ["--data-dir", ""]))
        #expect(error.code == .usage && error.description == "--data-dir: it must be a text that is not empty")
    }
}
