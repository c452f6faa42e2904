import Foundation

enum Setting {
    static func value(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }
}
