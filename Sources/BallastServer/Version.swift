/// The version of this program, as shown by the command line, the API and its document.
package enum BallastVersion {
    package static let current = "0.1.0"
}
