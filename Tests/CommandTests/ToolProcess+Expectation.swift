import Foundation
import TestSupport
import Testing

extension ToolProcess {
  /// Runs the tool and expects an exit code; the messages are part of a failure's text.
  @discardableResult
  func run(
    expecting code: Int32, _ arguments: [String], input: Data = Data(),
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Outcome {
    let outcome = try run(arguments, input: input)
    #expect(
      outcome.code == code, "\(name) \(arguments): \(outcome.messages)",
      sourceLocation: sourceLocation)
    return outcome
  }
}
