import CBuildInfo
import RepVGG

/// What `--version` prints.
enum BenchVersion {
  /// The version of the package.
  static let number = "0.1.0"

  /// The commit that the bench was built from.
  static var commit: String { String(cString: rvgk_build_commit()) }

  /// Version, commit, OpenBLAS version and core.
  static var text: String {
    let blas = BLASRuntime.description
    return """
      repvgg-bench \(number)
      commit \(commit)
      OpenBLAS \(blas.version), core \(blas.core)
      """
  }
}
