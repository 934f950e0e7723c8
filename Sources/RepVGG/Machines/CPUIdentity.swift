import CPlatform

/// Who made a CPU, and which one it is.
package struct CPUIdentity: Sendable, Hashable {
  /// As `cpuid` gives it, such as `AuthenticAMD`; the implementer's name on Arm; empty where unknown.
  package let vendor: String
  /// The name that it is sold under; empty where unknown.
  package let brand: String
  /// -1 where unknown.
  package let family: Int
  package let model: Int
  package let stepping: Int

  package init(vendor: String, brand: String = "", family: Int, model: Int, stepping: Int = 0) {
    self.vendor = vendor
    self.brand = brand
    self.family = family
    self.model = model
    self.stepping = stepping
  }

  /// The CPU that the process runs on.
  package static let current: CPUIdentity = {
    var identity = rvgk_read_cpu_identity()
    return CPUIdentity(
      vendor: text(&identity.vendor), brand: text(&identity.brand), family: Int(identity.family),
      model: Int(identity.model), stepping: Int(identity.stepping))
  }()

  /// All of it in one text, by which tuned choices are stored.
  var line: String { "\(vendor) \(brand) \(family)/\(model)/\(stepping)" }

  private static func text<Characters>(_ characters: inout Characters) -> String {
    withUnsafeBytes(of: &characters) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
