import Foundation
import TestSupport
import Testing

/// Surroundings in which tools died or never ended: little memory, no threads.
@Suite struct EnvironmentTests {
  private static let weights = CommandFixture.path("cases/20-environment/w.pth")
  private static let images = CommandFixture.path("cases/20-environment/x.npy")
  private static let logits = CommandFixture.path("cases/20-environment/y.npy")
  private static let photo = CommandFixture.path("cases/20-environment/plain.jpg")

  /// Stacks that no thread can have, beside the first one's, which grows as it is used.
  private static let noThreads = "ulimit -s 1000000000 && ulimit -v 8000000"

  // MARK: - Memory

  /// 130 MB hold the tool with its libraries; OpenBLAS with its threads took twice as much.
  @Test(arguments: Array(stride(from: 130, through: 300, by: 10)))
  func inspectingNeedsNoMoreThanItHolds(
    megabytes: Int
  ) throws {
    let outcome = try ToolProcess.repvgg.run(
      ["inspect", Self.weights], limits: "ulimit -v \(megabytes * 1000)")
    #expect(outcome.code == 0, "\(outcome.messages)")
    #expect(outcome.output.contains("w.pth"))
  }

  /// The result, or that there is not enough memory: never a wait for memory that nobody frees.
  @Test(arguments: ["auto", "im2col"], [130, 180, 240, 300, 420, 600, 1000])
  func runningEndsWithAResultOrARefusal(algorithm: String, megabytes: Int) throws {
    let folder = try TemporaryFolder()
    let output = folder.path("y.npy")
    let outcome = try ToolProcess.repvgg.run(
      [
        "run", Self.weights, "-i", Self.images, "-o", output, "--algorithm", algorithm,
        "--threads", "2",
      ], limits: "ulimit -v \(megabytes * 1000)")
    if outcome.code == 0 {
      #expect(try relativeL2(file: output, reference: Self.logits) < 1e-5)
    } else {
      #expect([1, 65].contains(outcome.code), "\(outcome.code) \(outcome.messages)")
      #expect(
        ["memory", "OpenBLAS", "threads"].contains { outcome.messages.contains($0) },
        "\(outcome.messages)")
      #expect(try folder.contents.isEmpty)
    }
  }

  @Test(arguments: [130, 200, 260]) func theVersionIsPrintedWithLittleMemory(megabytes: Int) throws
  {
    let outcome = try ToolProcess.repvgg.run(
      ["--version"], limits: "ulimit -v \(megabytes * 1000)")
    #expect(outcome.code == 0)
    #expect(outcome.output.contains("OpenBLAS"))
  }

  // MARK: - Threads

  @Test func withoutThreadsOneIsEnough() throws {
    let folder = try TemporaryFolder()
    let inspected = try ToolProcess.repvgg.run(["inspect", Self.weights], limits: Self.noThreads)
    #expect(inspected.code == 0, "\(inspected.messages)")
    for algorithm in ["auto", "im2col"] {
      let output = folder.path("\(algorithm).npy")
      let run = try ToolProcess.repvgg.run(
        [
          "run", Self.weights, "-i", Self.images, "-o", output, "--threads", "1", "--algorithm",
          algorithm,
        ], limits: Self.noThreads)
      #expect(run.code == 0, "\(run.messages)")
      #expect(try relativeL2(file: output, reference: Self.logits) < 1e-5)
    }
  }

  @Test func moreThreadsThanTheSystemStartsAreRefused() throws {
    let folder = try TemporaryFolder()
    for words in [
      ["run", Self.weights, "-i", Self.images, "-o", folder.path("y.npy")],
      ["tune", Self.weights, "--size", "32", "--tuning", folder.path("t.txt")],
      ["classify", "-w", Self.weights, Self.photo, "--preset", "timm", "--size", "32"],
    ] {
      let outcome = try ToolProcess.repvgg.run(words + ["--threads", "2"], limits: Self.noThreads)
      #expect(outcome.code == 1, "\(words) \(outcome.code) \(outcome.messages)")
      #expect(outcome.messages.contains("threads"), "\(outcome.messages)")
    }
    #expect(try folder.contents.isEmpty)
  }

  @Test func moreThreadsThanCPUsAreToldOfOnce() throws {
    let folder = try TemporaryFolder()
    let count = ProcessInfo.processInfo.processorCount + 1
    func messages(_ threads: Int, _ more: [String] = []) throws -> String {
      try ToolProcess.repvgg.run(
        [
          "run", Self.weights, "-i", Self.images, "-o", folder.path("y.npy"), "--threads",
          "\(threads)",
        ] + more
      ).messages
    }
    #expect(try messages(1).isEmpty)
    #expect(try messages(count).components(separatedBy: "\(count) threads share").count == 2)
    #expect(try messages(count, ["--quiet"]).isEmpty)
  }

  // MARK: - No home, no patience

  /// A folder that anybody may write to is no place for what later runs trust.
  @Test func withoutAHomeNothingIsKept() throws {
    let folder = try TemporaryFolder()
    let homeless = "unset HOME XDG_CACHE_HOME REPVGG_TUNING; cd \(folder.url.path)"
    let tuned = try ToolProcess.repvgg.run(
      ["tune", Self.weights, "--size", "32", "--threads", "1", "--candidates", "1"],
      environment: ["TMPDIR": folder.url.path], limits: homeless)
    #expect([0, 3].contains(tuned.code), "\(tuned.messages)")
    #expect(tuned.output.contains("not kept"), "\(tuned.output)")
    #expect(try folder.contents.isEmpty)
    let run = try ToolProcess.repvgg.run(
      ["run", Self.weights, "-i", Self.images, "-o", "y.npy"], limits: homeless)
    #expect(run.code == 0, "\(run.messages)")
    #expect(try folder.contents == ["y.npy"])
  }

  /// Replaces the shell by one whose /proc and /sys are empty, and that by the tool.
  private static let emptyProc = """
    exec unshare -r -m sh -c 'mount -t tmpfs none /proc && mount -t tmpfs none /sys \
    && exec timeout -s KILL 60 "$0" "$@"' "$0" "$@"
    """

  private static let canMount: Bool = {
    let words = ["-r", "-m", "mount", "-t", "tmpfs", "none", "/proc"]
    return (try? ToolProcess(installed: "unshare").run(words).code) == 0
  }()

  @Test(.enabled(if: canMount, "mounting needs a name space of the test's own"))
  func withoutProcTheToolsWork() throws {
    let folder = try TemporaryFolder()
    let output = folder.path("y.npy")
    for (words, code) in [
      (["inspect", Self.weights], Int32(0)), (["run", Self.weights, "-i", Self.images], 64),
      (["run", Self.weights, "-i", Self.images, "-o", output], 0),
      (["convert", Self.weights, folder.path("w.safetensors")], 0),
      (["classify", "-w", Self.weights, Self.photo, "--preset", "timm", "--size", "32"], 0),
    ] {
      let outcome = try ToolProcess.repvgg.run(words, limits: Self.emptyProc)
      #expect(outcome.code == code, "\(words) \(outcome.messages)")
    }
    #expect(try relativeL2(file: output, reference: Self.logits) < 1e-5)
  }

  @Test func classifyEndsSoonAfterSIGINT() throws {
    let tool = try ToolProcess.repvgg.start(
      ["classify", "-w", Self.weights, "--preset", "timm", "--size", "64", "--batch", "512"]
        + Array(repeating: Self.photo, count: 20_000))
    Thread.sleep(forTimeInterval: 0.5)
    let start = Date()
    tool.interrupt()
    let outcome = try tool.finish()
    #expect(outcome.code == 130, "\(outcome.code) \(outcome.messages)")
    // A second is promised; a loaded machine gets more.
    #expect(Date().timeIntervalSince(start) < 10)
  }

  // MARK: - OpenBLAS

  @Test func noToolBringsOpenBLASIntoItsProcess() throws {
    for tool in [ToolProcess.repvgg, ToolProcess.bench] {
      // The dynamic loader then lists what it would load, and ends.
      let loaded = try tool.run([], environment: ["LD_TRACE_LOADED_OBJECTS": "1"]).output
      #expect(loaded.contains("libc.so"))
      #expect(!loaded.contains("blas") && !loaded.contains("lapack"), "\(loaded)")
    }
  }
}
