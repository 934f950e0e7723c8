import CBuildInfo
import RepVGG

/// What `--version` prints, and what reports contain about the tool that wrote them.
package enum ToolVersion {
  /// The version of the package.
  package static let number = "0.1.0"

  /// The commit that the tools were built from.
  package static var commit: String { String(cString: rvgk_build_commit()) }

  /// Version, commit, Swift, OpenBLAS version and core.
  ///
  /// - Parameter tool: The tool's name.
  /// - Returns: Lines without a newline at their end.
  package static func text(_ tool: String) -> String {
    return """
      \(tool) \(number)
      commit \(commit)
      Swift \(swiftVersion)
      \(blas)
      """
  }

  /// OpenBLAS as opened by this process, or why it cannot be opened.
  private static var blas: String {
    do throws(RepVGGError) {
      let blas = try BLASRuntime.description()
      return "OpenBLAS \(blas.version), core \(blas.core)"
    } catch {
      return "OpenBLAS: \(error)"
    }
  }

  /// The compiler's version, as far as the language exposes it.
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
