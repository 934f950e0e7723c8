import CPlatform

/// The CPU's name, vendor, family, model and stepping in one text.
enum CPUIdentity {
  /// Whose cores the cost model takes these to resemble: AMD's from family 26 (Zen 5) on have
  /// 512-bit data paths; whatever is not AMD counts as an Intel server.
  static let coreDesign: Machine.CoreDesign = {
    var identity = rvgk_read_cpu_identity()
    guard text(&identity.vendor) == "AuthenticAMD" else { return .intelServer }
    return identity.family >= 26 ? .zen5 : .zen4
  }()

  private static func text<Characters>(_ characters: inout Characters) -> String {
    withUnsafeBytes(of: &characters) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  static let current: String = {
    var identity = rvgk_read_cpu_identity()
    return "\(text(&identity.vendor)) \(text(&identity.brand)) \(identity.family)"
      + "/\(identity.model)/\(identity.stepping)"
  }()
}
