import CommandLineKit
import Foundation
import Measurement
import RepVGG
import ToolSupport
import TextFormats

/// The machine and libraries, as every report names them.
enum BenchSystem {
  /// When this process began, in UTC as ISO 8601 has it.
  static let startedAt = Date().ISO8601Format()

  /// What the machine is, with the BLAS library in use.
  static func description() -> SystemDescription {
    var system = SystemDescription()
    // What the CPU and the system offer, and what the kernels in use need of it.
    system.set("cpu_isa", system["isa"] ?? .unknown(nil))
    system.set("isa", .text(Kernels.selected.name))
    // Whose figures the cost model plans with.
    system.set("core_design", .text(Machine.current.design.name))
    system.set("core_design_is_default", .flag(Machine.current.design.isDefault))
    let blas = try? BLASRuntime.description()
    system.set("blas_version", blas.map { .text($0.version) } ?? .unknown("not installed"))
    system.set("blas_core", blas.map { .text($0.core) } ?? .unknown("not installed"))
    if let blas {
      system.set("blas_initial_core", .text(blas.initialCore))
      system.set("blas_configuration", .text(blas.configuration))
    }
    return system
  }

  /// A few lines for a person.
  static func header(_ system: SystemDescription) -> String {
    facts(system).map { $0.0.padding(toLength: 10, withPad: " ", startingAt: 0) + $0.1 + "\n" }
      .joined()
  }

  /// The same as a Markdown list.
  static func markdownHeader(_ system: SystemDescription) -> String {
    facts(system).map { "- \($0.0): \($0.1)\n" }.joined()
  }

  private static func facts(_ system: SystemDescription) -> [(String, String)] {
    func field(_ name: String) -> String { system[name]?.description ?? "unknown" }
    return [
      ("CPU", "\(field("cpu")), \(field("cpu_isa")), kernels \(field("isa"))"),
      (
        "plans",
        Machine.current.design.isDefault
          ? "by the default figures: these cores are not described"
          : "by the figures of \(field("core_design")) cores"
      ),
      ("BLAS", "OpenBLAS \(field("blas_version")), core \(field("blas_core"))"),
      ("commit", ToolVersion.commit),
    ]
  }

  /// Everything for a program.
  static func json(_ system: SystemDescription) -> JSONValue {
    var object = JSONObject()
    for field in system.fields { object[field.name] = json(field.value) }
    return .object(object)
  }

  private static func json(_ value: SystemValue) -> JSONValue {
    switch value {
    case .text(let text): .string(text)
    case .integer(let number): .integer(number)
    case .number(let number): .double(number)
    case .flag(let flag): .bool(flag)
    case .list(let names): JSONValue(names)
    case .numbers(let numbers): JSONValue(numbers)
    case .unknown: .string(value.description)
    }
  }
}
