// SPDX-License-Identifier: Apache-2.0

import Crypto
import HTTPTypes
import NIOCore

/// A file of the web page. It is the same for every caller and tells nothing about this agent, so it needs no token.
struct DashboardFile: Sendable {
    /// Where it is served.
    let path: String
    let mediaType: String
    let content: ByteBuffer
    /// Changes with the content (RFC 9110, 8.8.3).
    let tag: String

    private init(_ name: String, _ bytes: [UInt8]) {
        // The page stands at the root, and its files below it.
        path = name == "index.html" ? "/" : "/dashboard/\(name)"
        mediaType =
            switch name.split(separator: ".").last {
            case "js": "text/javascript; charset=utf-8"
            case "css": "text/css; charset=utf-8"
            case "svg": "image/svg+xml"
            default: "text/html; charset=utf-8"
            }
        content = ByteBuffer(bytes: bytes)
        tag = "\"\(SHA256.hash(data: bytes).prefix(12).hex)\""
    }

    /// All of them, in the order in which the page needs them.
    static let all = [
        DashboardFile("index.html", PackageResources.index_html),
        DashboardFile("style.css", PackageResources.style_css),
        DashboardFile("icon.svg", PackageResources.icon_svg),
        DashboardFile("main.js", PackageResources.main_js),
        DashboardFile("actions.js", PackageResources.actions_js),
        DashboardFile("agents.js", PackageResources.agents_js),
        DashboardFile("answers.js", PackageResources.answers_js),
        DashboardFile("api.js", PackageResources.api_js),
        DashboardFile("dialogs.js", PackageResources.dialogs_js),
        DashboardFile("dom.js", PackageResources.dom_js),
        DashboardFile("events.js", PackageResources.events_js),
        DashboardFile("exits.js", PackageResources.exits_js),
        DashboardFile("figures.js", PackageResources.figures_js),
        DashboardFile("fleet.js", PackageResources.fleet_js),
        DashboardFile("follow.js", PackageResources.follow_js),
        DashboardFile("format.js", PackageResources.format_js),
        DashboardFile("instance.js", PackageResources.instance_js),
        DashboardFile("instances.js", PackageResources.instances_js),
        DashboardFile("logs.js", PackageResources.logs_js),
        DashboardFile("operations.js", PackageResources.operations_js),
        DashboardFile("places.js", PackageResources.places_js),
        DashboardFile("refresh.js", PackageResources.refresh_js),
        DashboardFile("registry.js", PackageResources.registry_js),
        DashboardFile("rows.js", PackageResources.rows_js),
        DashboardFile("session.js", PackageResources.session_js),
        DashboardFile("settings.js", PackageResources.settings_js),
        DashboardFile("status.js", PackageResources.status_js),
        DashboardFile("store.js", PackageResources.store_js),
        DashboardFile("stream.js", PackageResources.stream_js),
        DashboardFile("text.js", PackageResources.text_js),
        DashboardFile("watchers.js", PackageResources.watchers_js),
        DashboardFile("words.js", PackageResources.words_js),
    ]

    /// What the page needs, for its `Link` header (RFC 8288): a browser would otherwise ask for one module after the other. The
    /// style comes first, because nothing is painted without it.
    static let preloads = all.compactMap { file in
        let name = file.path.dropFirst()
        if name.hasSuffix(".css") { return "<\(name)>; rel=preload; as=style" }
        return name.hasSuffix(".js") ? "<\(name)>; rel=modulepreload" : nil
    }.joined(separator: ", ")

    private static let paths = Set(all.map(\.path))

    /// Whether the page has a file at this path.
    static func exists(at path: String) -> Bool { paths.contains(path) }
}
