// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird

/// The web page. It is no part of the contract: it is one of the contract's clients.
struct DashboardRoutes: Sendable {
    func add(to router: Router<AgentRequestContext>) {
        for file in DashboardFile.all {
            router.get(RouterPath(file.path)) { request, _ in Self.response(for: file, to: request) }
        }
    }

    private static func response(for file: DashboardFile, to request: Request) -> Response {
        var headers = Self.headers
        headers[.eTag] = file.tag
        // The browser asks each time, because the next agent at this address may have another page.
        headers[.cacheControl] = "no-cache"
        if request.headers[.ifNoneMatch] == file.tag { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = file.mediaType
        if file.path == "/" { headers[.link] = DashboardFile.preloads }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.content))
    }

    /// The page loads its own files and calls its own agent. It runs no other code, is shown in no frame, and makes no
    /// markup of text.
    private static let headers: HTTPFields = [
        .contentSecurityPolicy: [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
            "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ].joined(separator: "; "),
        .xContentTypeOptions: "nosniff",
        .referrerPolicy: "no-referrer",
        .crossOriginOpenerPolicy: "same-origin",
        .crossOriginResourcePolicy: "same-origin",
    ]
}

extension HTTPField.Name {
    // These literals are valid names (RFC 9110, 5.1).
    static let link = HTTPField.Name("Link")!
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    static let crossOriginOpenerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
    static let crossOriginResourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!
}
