import CBuildInfo
import RepVGG

/// What `--version` prints.
enum ToolVersion {
  /// The version of the package.
  static let number = "0.1.0"

  /// Version, commit, Swift, OpenBLAS version and core.
  static func text(_ tool: String) -> String {
    let blas = BLASRuntime.description
    return """
      \(tool) \(number)
      commit \(String(cString: rvgk_build_commit()))
      Swift \(swiftVersion)
      OpenBLAS \(blas.version), core \(blas.core)
      """
  }

  /// The compiler's version as far as the language tells it.
  private static var swiftVersion: String {
    #if compiler(>=6.4)
      "6.4 or later"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }
}
