import CommandLineKit
import Synchronization
import Testing

@Suite struct TerminalTests {
  private func color(
    _ environment: [String: String], isTerminal: Bool = true, choice: ColorChoice = .auto
  ) -> Bool {
    Terminal(
      isTerminal: isTerminal, reportedWidth: 80, environment: environment, color: choice
    ).usesColor
  }

  @Test func coloursByTheConventions() {
    #expect(color([:]))
    #expect(!color([:], isTerminal: false))
    #expect(!color(["NO_COLOR": "1"]))
    #expect(color(["NO_COLOR": ""]))
    #expect(!color(["TERM": "dumb"]))
    #expect(!color(["CLICOLOR": "0"]))
    #expect(color(["CLICOLOR": "1"]))
    #expect(color(["FORCE_COLOR": "1"], isTerminal: false))
    #expect(color(["CLICOLOR_FORCE": "1"], isTerminal: false))
    #expect(color(["FORCE_COLOR": "1", "NO_COLOR": "1"], isTerminal: false))
    #expect(!color(["FORCE_COLOR": "0"]))
    #expect(!color(["FORCE_COLOR": "1"], choice: .never))
    #expect(color(["NO_COLOR": "1", "TERM": "dumb"], isTerminal: false, choice: .always))
  }

  @Test func knowsItsWidth() {
    func width(_ environment: [String: String], reported: Int?) -> Int {
      Terminal(isTerminal: true, reportedWidth: reported, environment: environment).width
    }
    #expect(width([:], reported: 132) == 132)
    #expect(width([:], reported: nil) == 80)
    #expect(width(["COLUMNS": "50"], reported: 132) == 50)
    for columns in ["0", "-1", "x", "", "99999999999999999999"] {
      #expect(width(["COLUMNS": columns], reported: 132) == 132)
    }
  }

  @Test func stylesOnlyInColour() {
    let plain = Terminal(isTerminal: false, reportedWidth: nil, environment: [:])
    let color = Terminal(isTerminal: true, reportedWidth: nil, environment: [:])
    #expect(plain.styled("x", .red) == "x")
    #expect(color.styled("x", .red) == "\u{1B}[31mx\u{1B}[0m")
  }
}

@Suite struct DisplayWidthTests {
  @Test(arguments: [
    ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("漢字", 4), ("ｗ", 2), ("😀", 2), ("👨‍👩‍👧", 2),
    ("❤️", 2),
    ("\u{200B}", 0), ("한", 2), ("±µ×", 3),
  ])
  func measuresColumns(text: String, width: Int) {
    #expect(text.displayWidth == width)
  }
}

@Suite struct TextTableTests {
  private func table() -> TextTable {
    var table = TextTable("model", "time, ms", "note")
    table.append(["A0", "8.75", "a|b"])
    table.append(["B1 漢", "-", "say \"hi\"\nnow"])
    table.append(["B3", "1234.5"])
    return table
  }

  @Test func alignsText() {
    #expect(
      table().text() == """
        model  time, ms  note
        -----  --------  -------------
        A0         8.75  a|b
        B1 漢         -  say "hi"\\nnow
        B3       1234.5

        """)
  }

  @Test func writesMarkdown() {
    #expect(
      table().markdown() == """
        | model | time, ms | note          |
        | ----- | -------: | ------------- |
        | A0    |     8.75 | a\\|b          |
        | B1 漢 |        - | say "hi"\\nnow |
        | B3    |   1234.5 |               |

        """)
  }

  @Test func writesCSV() {
    #expect(
      table().csv()
        == "model,\"time, ms\",note\nA0,8.75,a|b\nB1 漢,-,\"say \"\"hi\"\"\nnow\"\nB3,1234.5,\n")
    var table = TextTable("a")
    table.append([" x"])
    table.append(["\r\n"])
    #expect(table.csv() == "a\n\" x\"\n\"\r\n\"\n")
  }

  @Test func losesNoCell() {
    var table = TextTable(columns: [TextTable.Column("a", alignment: .right)])
    table.append(["x"])
    table.append(["longer", "surplus"])
    #expect(table.columns.count == 2)
    #expect(table.rows == [["x", ""], ["longer", "surplus"]])
    #expect(table.text() == "     a\n------  -------\n     x\nlonger  surplus\n")
    #expect(TextTable("a", "b").text() == "a  b\n-  -\n")
  }

  @Test(arguments: [
    (0.001234, "0.001"), (1.2345, "1.23"), (12.345, "12.3"), (1234.5, "1234"), (.nan, "-"),
    (1e300, "1e+300"), (-5.5, "-5.50"),
  ])
  func roundsForReaders(value: Double, expected: String) {
    #expect(TextFormat.significant(value) == expected)
  }

  @Test func formatsBytesAndTimes() {
    #expect(TextFormat.bytes(1023) == "1023 B")
    #expect(TextFormat.bytes(33_240_064) == "31.7 MiB")
    #expect(TextFormat.bytes(.max) == "8.0 EiB")
    #expect(TextFormat.clock(seconds: 7.4) == "0:07")
    #expect(TextFormat.clock(seconds: 11_100) == "3:05:00")
    #expect(TextFormat.clock(seconds: .infinity) == "?")
    #expect(TextFormat.clock(seconds: -1) == "?")
  }
}

@Suite struct ProgressReporterTests {
  /// A clock that the test turns, and a screen that it reads.
  private final class Stage: Sendable {
    let seconds = Mutex(0.0)
    let written = Mutex("")

    func reporter(_ mode: ProgressReporter.Mode, total: Int? = 200) -> ProgressReporter {
      ProgressReporter(
        label: "Classifying", totalCount: total, unit: "images", mode: mode,
        now: { self.seconds.withLock { $0 } },
        write: { text in self.written.withLock { $0 += text } })
    }

    func pass(_ time: Double) { seconds.withLock { $0 += time } }
    func take() -> String {
      written.withLock { text in
        defer { text = "" }
        return text
      }
    }
  }

  @Test func drawsABarWithRateAndTimeLeft() {
    let stage = Stage()
    let reporter = stage.reporter(.bar(width: 100))
    stage.pass(2)
    reporter.advance(by: 50)
    #expect(
      stage.take()
        == "\rClassifying [#######.......................] 50/200 images (25 %), 25.0 images/s, "
        + "0:06 left\u{1B}[K")
    reporter.advance()
    #expect(stage.take() == "")
    stage.pass(0.2)
    reporter.advance(detail: "loss 0.5")
    #expect(stage.take().hasSuffix("loss 0.5\u{1B}[K"))
    reporter.print("bad.jpg: skipped")
    #expect(stage.take().hasPrefix("\r\u{1B}[Kbad.jpg: skipped\n\rClassifying ["))
    reporter.finish()
    #expect(stage.take() == "\r\u{1B}[K")
    stage.pass(5)
    reporter.advance()
    #expect(stage.take() == "")
  }

  @Test(arguments: [0, 1, 5, 20, 40, 60, 80, 200]) func neverWraps(width: Int) {
    for total in [200, 0, nil, Int.max] {
      let stage = Stage()
      let reporter = stage.reporter(.bar(width: width), total: total)
      for step in [0, 1, 250, Int.max, -5] {
        stage.pass(0.5)
        reporter.advance(by: step)
        for line in stage.take().split(whereSeparator: { $0 == "\r" || $0 == "\n" }) {
          #expect(line.replacing("\u{1B}[K", with: "").count <= max(0, width - 1))
        }
      }
    }
  }

  @Test func writesALineNowAndThenWhereNobodyWatches() {
    let stage = Stage()
    let reporter = stage.reporter(.lines(intervalSeconds: 10))
    for _ in 0..<100 {
      stage.pass(0.25)
      reporter.advance()
    }
    #expect(
      stage.take()
        == "Classifying: 40/200 images (20 %), 4.00 images/s, 0:40 left\n"
        + "Classifying: 80/200 images (40 %), 4.00 images/s, 0:30 left\n")
    reporter.finish()
    #expect(stage.take() == "")
  }

  @Test func isSilentWhereAsked() {
    let stage = Stage()
    let reporter = stage.reporter(.silent)
    stage.pass(100)
    reporter.advance(by: 7)
    reporter.print("x")
    reporter.finish()
    #expect(stage.take() == "")
  }

  @Test func choosesHowToShow() {
    func mode(
      isTerminal: Bool, _ environment: [String: String] = [:], isQuiet: Bool = false
    ) -> ProgressReporter.Mode {
      let terminal = Terminal(
        isTerminal: isTerminal, reportedWidth: 90, environment: environment)
      return .automatic(for: terminal, environment: environment, isQuiet: isQuiet)
    }
    #expect(mode(isTerminal: true) == .bar(width: 90))
    #expect(mode(isTerminal: true, isQuiet: true) == .silent)
    #expect(mode(isTerminal: false) == .lines(intervalSeconds: 10))
    #expect(mode(isTerminal: true, ["CI": "true"]) == .lines(intervalSeconds: 10))
    #expect(mode(isTerminal: true, ["TERM": "dumb"]) == .lines(intervalSeconds: 10))
  }

  @Test func countsFromSeveralThreads() async {
    let stage = Stage()
    let reporter = stage.reporter(.lines(intervalSeconds: 1), total: 4001)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 { group.addTask { for _ in 0..<1000 { reporter.advance() } } }
    }
    stage.pass(2)
    reporter.advance()
    #expect(stage.take().hasPrefix("Classifying: 4001/4001 images (100 %)"))
  }
}
