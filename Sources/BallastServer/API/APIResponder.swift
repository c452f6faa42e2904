import BallastCore
import BallastRuntime
import HTTPTypes
package import Hummingbird
import Logging
import NIOCore

/// Takes a request through: operation, key, scope, query, body, idempotency, and only then the work itself. Whatever
/// goes wrong on the way leaves here as a problem.
package struct APIResponder: HTTPResponder {
    package typealias Context = ConnectionContext

    /// The largest body of a request, in bytes.
    static let bodyLimit = 1 << 20

    private let server: APIContext
    private let router: APIRouter
    private let schemas: RequestSchemas
    private let gateway: MCPTransport

    init(server: APIContext, operations: [APIOperation], schemas: RequestSchemas, gateway: MCPTransport) {
        self.server = server
        self.gateway = gateway
        router = APIRouter(operations)
        self.schemas = schemas
    }

    @Sendable package func respond(to request: Request, context: ConnectionContext) async throws -> Response {
        let requestID = "req_" + Base32.encode(high: server.runtime.randomBits(), low: server.runtime.randomBits())
        if MCPEndpoint.serves(request.uri.path) {
            return await gateway.respond(to: request, requestID: requestID, channel: context.channel)
        }
        let answer: APIAnswer
        do {
            answer = try await self.answer(request, requestID: requestID)
        } catch {
            let problem = problem(error, request, requestID)
            if problem.status == 503 {
                let words = [problem.detail, problem.advice ?? ""].joined(separator: " ")
                server.readiness.storeFailed(words, at: server.runtime.clock.monotonic)
            }
            answer = APIAnswer(problem, requestID: requestID)
        }
        let response = answer.response(requestID: requestID)
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func problem(_ error: any Error, _ request: Request, _ requestID: String) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as RuntimeError: return Problem(error)
        case let error as StoreError: return Problem(error)
        case is NIOTooManyBytesError: return .bodyTooLarge(limit: APIResponder.bodyLimit)
        default:
            server.logger.error(
                "request failed",
                metadata: [
                    "request_id": "\(requestID)", "method": "\(request.method)", "path": "\(request.uri.path)",
                    "why": "\(error)",
                ])
            return error is EntryDecodingError ? .damagedRun() : .fault()
        }
    }

    private func answer(_ request: Request, requestID: String) async throws -> APIAnswer {
        switch router.match(request.method, request.uri.path) {
        case .unknown: throw Problem.noSuchPath(request.uri.path)
        case .wrongMethod(let allowed): throw Problem.wrongMethod(request.method.rawValue, allowed: allowed)
        case .found(let operation, let parameters):
            let caller = try authenticate(request, for: operation)
            let call = APICall(
                server: server, caller: caller, requestID: requestID, headers: request.headers, parameters: parameters,
                query: try schemas.query(of: request.uri.query, for: operation),
                body: try await body(of: request, for: operation))
            return try await perform(operation, call, path: request.uri.path)
        }
    }

    // MARK: Who

    private func authenticate(_ request: Request, for operation: APIOperation) throws(Problem) -> Caller {
        if operation.isPublic { return .nobody }
        guard let text = PresentedKey.text(request.headers), let caller = server.keys.caller(presenting: text) else {
            throw .unauthenticated()
        }
        guard caller.mayAny(operation.scopes) else { throw .missingScope(operation.scopes) }
        return caller
    }

    // MARK: What

    private func body(of request: Request, for operation: APIOperation) async throws -> JSONObject {
        guard let schema = operation.body else { return JSONObject() }
        if let declared = request.headers[.contentLength].flatMap({ Int($0) }), declared > APIResponder.bodyLimit {
            throw Problem.bodyTooLarge(limit: APIResponder.bodyLimit)
        }
        let buffer = try await request.body.collect(upTo: APIResponder.bodyLimit)
        let bytes = Array(buffer.readableBytesView)
        if bytes.isEmpty, operation.isBodyOptional { return JSONObject() }
        try checkMediaType(request.headers[.contentType])
        return try schemas.body(bytes, against: schema)
    }

    private func checkMediaType(_ value: String?) throws(Problem) {
        let type = (value ?? "").split(separator: ";", maxSplits: 1).first.map { $0.lowercased() } ?? ""
        guard type.trimmingSpaces == "application/json" else { throw .wrongMediaType(value ?? "not named") }
    }

    // MARK: Once

    private func perform(_ operation: APIOperation, _ call: APICall, path: String) async throws -> APIAnswer {
        guard operation.method == .post, let header = call.headers[.idempotencyKey] else {
            return try await operation.perform(call)
        }
        guard let key = IdempotencyKeyHeader.key(in: header) else {
            throw Problem.invalid("Idempotency-Key", "the key must be 1 to 255 visible ASCII characters, quoted or not")
        }
        let request = IdempotencyDesk.request(key: key, caller: call.caller, path: path, body: call.body)
        var call = call
        call.idempotencyKey = key
        let claim: IdempotencyDesk.Claim
        do {
            claim = try await server.idempotency.claim(request, tenant: call.caller.tenant)
        } catch let failure as StoreError {
            guard operation.isUrgent else { throw failure }
            return try await operation.perform(call)
        }
        switch claim {
        case .replay(let answer): return answer
        case .proceed: return try await performOnce(operation, call, as: request)
        case .inProgress:
            guard let answer = try await operation.repeated?(call) else { throw IdempotencyDesk.inProgress }
            await keep(answer, for: request, call)
            return answer
        }
    }

    private func performOnce(
        _ operation: APIOperation, _ call: APICall, as request: IdempotentRequest
    ) async throws -> APIAnswer {
        let answer: APIAnswer
        do {
            answer = try await operation.perform(call)
        } catch let problem as Problem where problem.status < 500 {
            answer = APIAnswer(problem, requestID: call.requestID)
        } catch {
            server.idempotency.abandon(request)
            throw error
        }
        await keep(answer, for: request, call)
        return answer
    }

    private func keep(_ answer: APIAnswer, for request: IdempotentRequest, _ call: APICall) async {
        do {
            try await server.idempotency.finish(request, with: answer, tenant: call.caller.tenant)
        } catch {
            server.logger.error(
                "the answer to an Idempotency-Key could not be kept",
                metadata: ["request_id": "\(call.requestID)", "why": "\(error)"])
        }
    }
}

extension String {
    /// Without spaces and tabs at both ends.
    var trimmingSpaces: Substring {
        var rest = self[...]
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return rest
    }
}

/// What is known of the connection that a request came by.
package struct ConnectionContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let channel: any Channel

    package init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}
