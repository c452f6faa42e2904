import ArgumentParser
import AsyncHTTPClient
import ServiceLifecycle
import UnixSignals
@main struct Ballast: ParsableCommand { func run() {} }
