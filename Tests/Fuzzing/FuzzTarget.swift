import FuzzingSupport
import Glibc
import RepVGG

/// Something that reads bytes from elsewhere, with what it may cost.
struct FuzzTarget: Sendable {
  /// How scripts and reports call it.
  let name: String
  /// How inputs are changed with regard to their structure.
  let structure: any InputStructure
  /// What an input may cost.
  var budget = FuzzBudget()
  /// Files of `Tests/Fixtures` to start from: folders with the ends of names.
  var fixtures: [FixtureFiles] = []
  /// Small inputs to start from.
  var builtIn: @Sendable () throws -> [[UInt8]] = { [] }
  /// Reads an input; traps where a promise is broken, throws what its users get.
  let body: @Sendable ([UInt8]) throws -> Void

  static let all: [FuzzTarget] =
    checkpointTargets + onnxTargets + graphTargets + documentTargets + imageTargets
    + trainingTargets + [
      calledInterface
    ]

  static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }

  /// Everything to start from.
  func seeds() throws -> [[UInt8]] { try builtIn() + fixtures.flatMap { try $0.contents() } }

  /// Reads an input and checks the error that comes of it.
  func run(_ input: [UInt8]) {
    do {
      try body(input)
    } catch {
      let text = "\(error)"
      // A message is for a person: one that grows with the file is a defect.
      guard text.utf8.count <= 16384 else { stop("an error of \(text.utf8.count) bytes") }
      if let error = error as? RepVGGError, error.kind == .internalInconsistency {
        stop("an internal error: \(error)")
      }
    }
  }

  /// How much longer a build without optimisation may take: scripts/fuzz makes one for short runs.
  private static var slowness: Double {
    #if UNOPTIMIZED
      8
    #else
      1
    #endif
  }

  /// Reads an input and ends the process where it costs more than it may.
  func judge(_ input: [UInt8]) {
    var allowed = budget.allowance(input.count)
    allowed.seconds *= Self.slowness
    var least = Double.infinity
    // The machine may be busy: only what is slow each time is slow.
    for _ in 0..<3 where least > allowed.seconds {
      rvgk_fuzz_reset_heap_peak()
      let start = Self.processorSeconds()
      run(input)
      least = min(least, Self.processorSeconds() - start)
      let growth = rvgk_fuzz_heap_growth()
      guard growth <= allowed.bytes else {
        stop("\(growth) bytes of memory for \(input.count), \(allowed.bytes) are allowed")
      }
    }
    guard least <= allowed.seconds else {
      stop("\(least) s for \(input.count) bytes, \(allowed.seconds) s are allowed")
    }
  }

  /// Ends the process as a failure of the input, which libFuzzer then keeps.
  func stop(_ reason: String) -> Never {
    rvgk_fuzz_report("fuzz: \(name): \(reason)\n")
    abort()
  }

  private static func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

/// What an input may cost, by its size.
///
/// The library's bound is a second for 10 MB and a small multiple of the file in memory. Under the
/// sanitizer and with coverage everything takes about ten times as long.
struct FuzzBudget: Sendable {
  /// For every input.
  var seconds = 0.25
  var bytes = 8 << 20
  /// For each byte of it.
  var secondsPerByte = 1e-6
  var bytesPerByte = 64

  func allowance(_ count: Int) -> (seconds: Double, bytes: Int) {
    (seconds + secondsPerByte * Double(count), bytes + bytesPerByte * count)
  }
}

/// The target of this process.
nonisolated(unsafe) var fuzzed = FuzzTarget.all[0]
