import CPlatform

/// The CPU's name, vendor, family, model and stepping in one text.
enum CPUIdentity {
  static let isAMD: Bool = {
    var identity = rvgk_read_cpu_identity()
    return text(&identity.vendor) == "AuthenticAMD"
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
