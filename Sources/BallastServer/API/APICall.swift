import BallastCore
import BallastRuntime
import HTTPTypes

/// A request that was found, identified and checked: what an operation works on.
struct APICall: Sendable {
    let server: APIContext
    let caller: Caller
    let requestID: String
    let headers: HTTPFields
    /// Values of the path's parameters, percent-decoded.
    let parameters: [String: String]
    let query: [String: String]
    /// An object that satisfies the operation's schema.
    let body: JSONObject
    /// The `Idempotency-Key`, if one was sent.
    var idempotencyKey: String?

    var runtime: AgentRuntime { server.runtime }
    var store: any RunStore { server.runtime.store }
    var scope: TenantScope { caller.scope }

    // MARK: Parameters

    /// An identifier in the path; says which kind was expected when it is another one.
    func id<Kind>(_ name: String, as kind: Kind.Type = Kind.self) throws(Problem) -> TypedID<Kind> {
        do throws(IDParsingError) {
            return try TypedID<Kind>(parsing: parameters[name] ?? "")
        } catch {
            throw .invalid(name, error.description)
        }
    }

    func scopedID<Kind>(_ name: String, as kind: Kind.Type = Kind.self) throws(Problem) -> RunScopedID<Kind> {
        do throws(IDParsingError) {
            return try RunScopedID<Kind>(parsing: parameters[name] ?? "")
        } catch {
            throw .invalid(name, error.description)
        }
    }

    func text(_ name: JSONString) -> String? { body[name]?.string }

    /// Text that the schema requires.
    func required(_ name: JSONString) -> String { body[name]?.string ?? "" }

    /// Items of a page: 50 unless asked, at most 200.
    var limit: Int { query["limit"].flatMap { Int($0) } ?? PageCursor.defaultLimit }

    // MARK: Who

    /// The principal that the caller acts for: its own, or another one with the scope for that.
    func actingPrincipal() throws(Problem) -> Principal { try principal(named: text("principal")) }

    func principal(named name: String?) throws(Problem) -> Principal {
        guard let name, name != caller.principal.name else { return caller.principal }
        guard caller.may(.actOnBehalfOf) else { throw .missingScope([.actOnBehalfOf]) }
        guard name != Principal.ballast.name, !name.hasPrefix("tool:") else {
            throw .invalid("/principal", "\"\(name)\" names a part of Ballast, not a principal")
        }
        return Principal(name)
    }

    /// Whether words that the caller brings are vouched for as that principal's own.
    func vouches(for principal: Principal) -> Bool { principal == caller.principal || caller.may(.taskAssert) }

    /// The row of a run that the caller may see.
    func visibleRun(_ id: RunID) async throws(Problem) -> RunHeader {
        let header = try await stored { () async throws(StoreError) in try await store.header(of: id, scope: scope) }
        guard let header, caller.sees(header.principal) else {
            throw .notFound("run \(id)", advice: "See `ballast runs`.")
        }
        return header
    }

    // MARK: Errors

    /// Where the records are, and what ails them, is for those who run the server.
    private var seesStore: Bool { caller.seesTenant && caller.ownsInstallation }

    func stored<Value>(_ body: () async throws(StoreError) -> Value) async throws(Problem) -> Value {
        do {
            return try await body()
        } catch {
            throw error.concernsStore && !seesStore ? .recordsUnavailable : Problem(error)
        }
    }

    func ran<Value>(_ body: () async throws(RuntimeError) -> Value) async throws(Problem) -> Value {
        do {
            return try await body()
        } catch {
            throw error.concernsStore && !seesStore ? .recordsUnavailable : Problem(error)
        }
    }
}
