/// The machine that a measurement ran on, as an ordered list of named values.
///
/// Names are stable: reports and stored baselines use them. A value that the system does not tell is
/// there as unknown.
package struct SystemDescription: Sendable, Hashable {
  /// The values, in the order of reports.
  package private(set) var fields: [SystemField]

  /// Describes this machine at this moment.
  ///
  /// - Parameter root: the folder that holds `proc`, `sys` and `etc`; empty for the real ones. What
  ///   the processor says of itself does not come from files.
  package init(root: String = "") {
    fields = []
    let source = SystemSource(root: root)
    fields += source.processorFields()
    fields += source.topologyFields()
    fields += source.cacheFields()
    fields += source.frequencyFields()
    fields += source.virtualizationFields()
    fields += source.memoryFields()
    fields += source.softwareFields()
  }

  /// The value of a name; nil where there is no such field.
  package subscript(name: String) -> SystemValue? { fields.first { $0.name == name }?.value }

  /// Sets a value: in place where the name exists, at the end where it does not.
  ///
  /// For what only the
  /// caller knows, such as the BLAS library and the kernels in use.
  package mutating func set(_ name: String, _ value: SystemValue) {
    let field = SystemField(name, value)
    if let place = fields.firstIndex(where: { $0.name == name }) {
      fields[place] = field
    } else {
      fields.append(field)
    }
  }
}

extension SystemDescription: Encodable {
  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Encodes one object with the fields as members.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    for field in fields { try container.encode(field.value, forKey: Name(stringValue: field.name)) }
  }
}

/// Where the description comes from: files under a root, and what C asks of the processor.
struct SystemSource {
  let root: String

  func text(_ path: String) -> String? { TextFile.readTrimmed(root + path) }

  func integer(_ path: String) -> Int? { TextFile.readInteger(root + path) }

  /// The numbers of the CPUs that are online.
  var onlineCPUs: [Int]? {
    text("/sys/devices/system/cpu/online").flatMap(TextFile.numberList)
  }
}
