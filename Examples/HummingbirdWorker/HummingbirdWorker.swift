// SPDX-License-Identifier: Apache-2.0

import Cluster
import ClusterNIO
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import NIOSSL

/// A Hummingbird application that is a worker, or runs alone if nobody has forked it.
///
///     cluster-agent .build/release/HummingbirdWorker
///
/// `PORT` names another port than 8000; `TLS_CERT` and `TLS_KEY` (PEM files) turn on TLS.
@main
enum HummingbirdWorker {
    static func main() async throws {
        let environment = Environment()
        let port = environment.get("PORT", as: Int.self) ?? 8000
        let name = ClusterProcess.isWorker ? "worker \(try ClusterProcess.worker.id)" : "nobody's worker"

        let router = Router()
        router.get("/") { _, _ in "hello from \(name)\n" }
        router.post("/echo") { request, _ in
            // Each piece as it comes.
            Response(status: .ok, body: .init(asyncSequence: request.body))
        }

        let application = Application(
            router: router,
            server: try server(environment),
            configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: "HummingbirdWorker"))

        guard ClusterProcess.isWorker else { return try await application.runService() }
        // The one line that makes a worker of it.
        try await application.runService(on: ClusterProcess.worker, address: .port(port))
    }

    private static func server(_ environment: Environment) throws -> HTTPServerBuilder {
        guard let certificate = environment.get("TLS_CERT"), let key = environment.get("TLS_KEY") else {
            return .http1()
        }
        let configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        return try .tls(.http1(), tlsConfiguration: configuration)
    }
}
