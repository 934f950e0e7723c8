import CommandLineKit
import Testing

/// What kinds of values take and refuse, asked through an option of that kind.
@Suite struct ValueKindTests {
  private func value<Value>(_ kind: ValueKind<Value>, _ word: String) throws -> Value {
    let option = Option(required: "option", kind, help: "An option.")
    let tool = CommandLineTool(
      root: Command("tool", summary: "A tool", arguments: [option]) { _ in .success },
      versionNumber: "1", versionText: { "1" })
    return try #require(try tool.arguments(["--option=" + word]))[option]
  }

  private func isRefused<Value>(_ kind: ValueKind<Value>, _ word: String) -> Bool {
    do {
      _ = try value(kind, word)
      return false
    } catch {
      return error is UsageError
    }
  }

  @Test func readsIntegersWithinBounds() throws {
    #expect(try value(.integer(1...64), "64") == 64)
    #expect(try value(.integer(-5...5), "-5") == -5)
    #expect(try value(.integer(0...), "\(Int.max)") == Int.max)
    #expect(try value(.integer(Int.min...Int.max), "\(Int.min)") == Int.min)
    for word in [
      "0", "65", "", " 1", "1 ", "1.0", "1e3", "0x10", "١", "+", "-", "--1", "1_000",
      "99999999999999999999999", "-99999999999999999999999",
    ] {
      #expect(isRefused(.integer(1...64), word), "\(word)")
    }
  }

  @Test func readsSeedsOf64Bits() throws {
    #expect(try value(.seed, "18446744073709551615") == UInt64.max)
    for word in ["18446744073709551616", "-1", "+1", "", "1.5"] {
      #expect(isRefused(.seed, word), "\(word)")
    }
  }

  @Test func readsNumbersAndRefusesWhatIsNotFinite() throws {
    #expect(try value(.number(0...1), "0.875") == 0.875)
    #expect(try value(.number(-1...1), "-1e-5") == -1e-5)
    for word in ["nan", "inf", "-inf", "infinity", "1e999", "0x1", "1,5", "", ".", "e", "2", "1e"] {
      #expect(isRefused(.number(-1...1), word), "\(word)")
    }
  }

  @Test(arguments: [
    ("1,8", [1, 8]), ("1-4", [1, 2, 3, 4]), ("1-9+4", [1, 5, 9]),
    ("1-64*2", [1, 2, 4, 8, 16, 32, 64]),
    ("3-3", [3]), ("2-7*3", [2, 6]), ("8,1-3,5", [8, 1, 2, 3, 5]), ("1-10+100", [1]),
    ("1-4096*9223372036854775807", [1]), ("1-4096+9223372036854775807", [1]),
  ])
  func expandsSweeps(word: String, expected: [Int]) throws {
    #expect(try value(.integerSweep(1...4096), word) == expected)
  }

  @Test(arguments: [
    "", ",", "1,", "1--2", "-1", "4-1", "1-", "1-4+", "1-4*1", "1-4*0", "1-4+0", "1-4+-1", "1-4**2",
    "0-8*2", "1-5000", "1-4096", "1-9223372036854775808", "a-b", "1-2-3", "1,2 ,3",
  ])
  func refusesBadSweeps(word: String) {
    #expect(isRefused(.integerSweep(1...4096), word))
  }

  @Test func endsSweepsAtTheLargestInteger() throws {
    let range = 1...Int.max
    let max = Int.max
    #expect(try value(.integerSweep(range), "\(max - 2)-\(max)+2") == [max - 2, max])
    #expect(try value(.integerSweep(range), "\(max / 2)-\(max)*2") == [max / 2, max - 1])
    #expect(isRefused(.integerSweep(range), "1-\(max)"))
    #expect(isRefused(.integerSweep(0...max), "0-\(max)*2"))
  }

  @Test func limitsListsAsAWhole() {
    let thousand = Array(repeating: "1", count: 1024).joined(separator: ",")
    #expect(!isRefused(.integerSweep(1...4096), thousand))
    #expect(isRefused(.integerSweep(1...4096), thousand + ",1"))
    #expect(isRefused(.list(of: .text(), maximumCount: 2), "a,b,c"))
  }

  @Test func readsSizes() throws {
    #expect(try value(.pixelSize(32...4096), "224") == PixelSize(height: 224, width: 224))
    #expect(try value(.pixelSize(32...4096), "160x192") == PixelSize(height: 160, width: 192))
    #expect(PixelSize(height: 160, width: 192).description == "160x192")
    for word in [
      "", "x", "224x", "x224", "1x2x3", "224X224", "-224", "31", "224x5000", "2²",
      "99999999999999999999", "224x99999999999999999999", "224.0",
    ] {
      #expect(isRefused(.pixelSize(32...4096), word), "\(word)")
    }
  }

  @Test(arguments: [
    ("500ms", Duration.milliseconds(500)), ("2s", .seconds(2)), ("2", .seconds(2)),
    ("1.5m", .seconds(90)), ("1min", .seconds(60)), ("0.5h", .seconds(1800)), ("0", .zero),
    ("250us", .microseconds(250)), ("250µs", .microseconds(250)), ("7ns", .nanoseconds(7)),
    ("0.1s", .milliseconds(100)),
  ])
  func readsDurations(word: String, expected: Duration) throws {
    #expect(try value(.duration(), word) == expected)
  }

  @Test(arguments: [
    "", "-1s", "nan", "inf", "NaNs", "1e3s", "s", ".", ".5s", "5.s", "1..2s", "2 s", "2sec", "25h",
    "99999999999999999999s", "9999999999999999999999999999999h", "1s2", "+1s", "١s", "0x2s",
  ])
  func refusesBadDurations(word: String) {
    #expect(isRefused(.duration(), word))
  }

  @Test func convertsDurations() {
    #expect(Duration.milliseconds(1500).secondsValue == 1.5)
    #expect(Duration.milliseconds(1500).nanosecondsValue == 1_500_000_000)
    #expect(Duration.seconds(Int64.max).nanosecondsValue == Int.max)
    #expect(Duration.nanoseconds(-5).nanosecondsValue == -5)
  }

  @Test func matchesChoicesExactlyBeforeIgnoringCase() throws {
    let choices = [Choice("a0"), Choice("A0"), Choice("B1")]
    #expect(try value(.oneOf(choices, "NAME", ignoresCase: true), "A0") == "A0")
    #expect(try value(.oneOf(choices, "NAME", ignoresCase: true), "b1") == "B1")
    #expect(isRefused(.oneOf(choices, "NAME"), "b1"))
    #expect(isRefused(.oneOf(choices, "NAME", ignoresCase: true), ""))
  }

  @Test func refusesPathsThatNoFileCanHave() throws {
    #expect(try value(.inputFile("pth"), "-") == "-")
    #expect(try value(.path, "a\nb") == "a\nb")
    #expect(isRefused(.path, ""))
    #expect(isRefused(.directory, "a\u{0}b"))
  }

  @Test func refusesAnOutputWhoseEndingNamesAnotherFormat() throws {
    for name in ["a.npy", "a.NPY", "b/c.d.npy", "x.npy.npy"] {
      #expect(try value(.outputFile("npy"), name) == name)
    }
    for name in ["a", "npy", "a.npz", "a.npy.gz", "a.npy/", "a.onnx", "-", "", "a\u{0}.npy"] {
      #expect(isRefused(.outputFile("npy"), name), "\(name)")
    }
    #expect(try value(.outputFile("npy", orStandardOutput: true), "-") == "-")
    let error = #expect(throws: UsageError.self) {
      try value(.outputFile("csv", "npy", orStandardOutput: true), "a.onnx")
    }
    #expect(error?.message.hasSuffix("must end in .csv, .npy, or be -") == true)
  }

  @Test func takesKindsOfTheProgramsOwn() throws {
    let shard = ValueKind<ClosedRange<Int>>(placeholder: "I/N") { word in
      let parts = word.split(separator: "/").compactMap { Int($0) }
      guard parts.count == 2, parts[0] <= parts[1] else { throw InvalidValue("must be I/N") }
      return parts[0]...parts[1]
    }
    #expect(try value(shard, "1/4") == 1...4)
    #expect(isRefused(shard, "4"))
  }
}
