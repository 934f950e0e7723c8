import CommandLineKit
import Foundation
import RepVGG
import Synchronization

/// The file of tuned choices with which plans are made, as named by `--tuning`.
package struct Tuning: Sendable {
  /// The value on the command line.
  package enum Source: Sendable, Hashable {
    /// The default file of `repvgg tune`.
    case standard
    /// This file.
    case file(String)
    /// No file.
    case none
  }

  /// `--tuning FILE|none`, of every command that makes plans.
  package static let option = Option(
    "tuning", .tuningSource, default: .standard,
    defaultText: "tuning.txt in the user's cache folder", environment: "REPVGG_TUNING",
    help: "The file of choices from 'repvgg tune', or none.")

  /// Plans as the cost model makes them.
  package static let none = Tuning(path: nil, warn: { _ in })

  /// The file; nil if there is none.
  package let path: String?
  /// Reports a file or choices that cannot be used.
  private let warning: Warning

  private init(path: String?, warn: @escaping @Sendable (String) -> Void) {
    self.path = path
    warning = Warning(write: warn)
  }

  /// The file that a command line names, if it exists.
  ///
  /// - Parameter arguments: Those of a command that declares ``option``.
  package init(_ arguments: Arguments) {
    let tool = arguments.tool.name
    let isQuiet = arguments[StandardArguments.quiet]
    let warn: @Sendable (String) -> Void = { text in
      if !isQuiet { StandardError.write("\(tool): warning: \(text.escapedForDisplay)\n") }
    }
    guard let path = Self.path(arguments) else {
      self.init(path: nil, warn: warn)
      return
    }
    let exists = FileManager.default.fileExists(atPath: path)
    self.init(path: exists ? path : nil, warn: warn)
    if !exists, arguments.isGiven(Self.option) {
      warning.give("\(path): does not exist, so nothing is tuned")
    }
  }

  /// The file that a command line names, whether it exists or not; nil for none.
  package static func path(_ arguments: Arguments) -> String? {
    switch arguments[option] {
    case .standard: TuningCache.defaultPath(environment: arguments.environment)
    case .file(let path): path
    case .none: nil
    }
  }

  /// The plan of a network, with its tuned choices if the file holds any that are suitable.
  ///
  /// A broken file, and choices that the options do not allow, are reported once and ignored.
  ///
  /// - Throws: What making a plan throws.
  package func plan(
    _ network: Network, input: InputShape, options: PlanOptions
  ) throws(RepVGGError) -> Plan {
    var options = options
    options.choices = choices(network, input: input, options: options)
    return try Plan(
      network, input: input, options: options, cancellation: .interruption)
  }

  private func choices(
    _ network: Network, input: InputShape, options: PlanOptions
  ) -> [ConvolutionLayer: ConvolutionChoice] {
    // All layers share the memory that `compact` may use, so no single layer can be tuned.
    guard let path, options.policy != .compact,
      let layers = try? Plan.convolutionLayers(network, input: input, options: options)
        .map({ $0.layer })
    else { return [:] }
    let key = TuningCache.key(layers, input: input, options: options)
    let (stored, problem) = TuningCache.choices(for: key, in: path)
    if let problem { warning.give(problem) }
    guard !stored.isEmpty else { return [:] }
    guard let choices = Self.allowed(stored, layers, options: options) else {
      warning.give(
        "\(path): its choices for \(network.origin.architecture) are not of this version and are"
          + " ignored; tune again")
      return [:]
    }
    return choices
  }

  /// A choice for every layer; nil where one is missing or the planner could not have made it.
  private static func allowed(
    _ stored: [String: ConvolutionChoice], _ layers: [ConvolutionLayer], options: PlanOptions
  ) -> [ConvolutionLayer: ConvolutionChoice]? {
    let planner = ConvolutionPlanner(options: options)
    var choices: [ConvolutionLayer: ConvolutionChoice] = [:]
    for layer in layers where choices[layer] == nil {
      guard let choice = stored[layer.line], let candidates = try? planner.candidates(layer),
        candidates.contains(choice)
      else { return nil }
      choices[layer] = choice
    }
    return choices.count == stored.count ? choices : nil
  }
}

extension Cancellation {
  /// Work that SIGINT stops.
  package static let interruption = Cancellation { SignalTrap.isInterrupted }
}

extension Plan {
  /// Whether the plan was made with tuned choices.
  package var isTuned: Bool { !options.choices.isEmpty }
}

/// Prints each warning once, however many plans cause it.
private final class Warning: Sendable {
  private let write: @Sendable (String) -> Void
  private let given = Mutex<Set<String>>([])

  init(write: @escaping @Sendable (String) -> Void) { self.write = write }

  func give(_ text: String) {
    if given.withLock({ $0.insert(text).inserted }) { write(text) }
  }
}

extension ValueKind where Value == Tuning.Source {
  /// A file's path, or `none`.
  fileprivate static var tuningSource: ValueKind {
    ValueKind(placeholder: "FILE", completion: .files(extensions: ["txt"])) { text in
      guard !text.isEmpty, !text.utf8.contains(0) else {
        throw InvalidValue("must be the path of a file, or none")
      }
      return text == "none" ? .none : .file(text)
    }
  }
}
