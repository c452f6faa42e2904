package import BallastCore

/// Who makes a request, as the key says.
package struct Caller: Sendable, Hashable {
    /// nil for requests that need no key.
    package let key: KeyID?
    package let tenant: TenantID
    package let principal: Principal
    package let scopes: Set<KeyScope>

    package init(key: KeyID?, tenant: TenantID, principal: Principal, scopes: Set<KeyScope>) {
        self.key = key
        self.tenant = tenant
        self.principal = principal
        self.scopes = scopes
    }

    static let nobody = Caller(key: nil, tenant: .default, principal: Principal("nobody"), scopes: [])

    var scope: TenantScope { TenantScope(tenant) }
    /// Sees runs of every principal of the tenant.
    var seesTenant: Bool { !scopes.isDisjoint(with: KeyScope.operatorSide) }
    /// May change what belongs to the installation and not to one tenant.
    var ownsInstallation: Bool { tenant == .default }

    /// Sees what is of other tenants, such as which of them are turned away by whom.
    var seesAllTenants: Bool { ownsInstallation && seesTenant }

    func mayAny(_ wanted: Set<KeyScope>) -> Bool { wanted.isEmpty || !scopes.isDisjoint(with: wanted) }
    func may(_ scope: KeyScope) -> Bool { scopes.contains(scope) }
    func sees(_ principal: Principal) -> Bool { seesTenant || principal == self.principal }
}
