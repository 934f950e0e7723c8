import FuzzingSupport
import Glibc

// `fuzz --list` prints the targets, `fuzz --seeds TARGET FOLDER` writes what TARGET starts from,
// `fuzz TARGET ...` runs libFuzzer on it with the other arguments. `scripts/fuzz` does all three.

func fail(_ message: String) -> Never {
  rvgk_fuzz_report("fuzz: \(message)\n")
  exit(64)
}

let words = CommandLine.arguments
guard words.count >= 2 else { fail("no target is named") }
if words[1] == "--list" {
  for target in FuzzTarget.all { print(target.name) }
  exit(0)
}
if words[1] == "--seeds" {
  guard words.count == 4, let target = FuzzTarget.named(words[2]) else { fail("no such target") }
  do {
    for (index, seed) in try target.seeds().enumerated() {
      try seed.write(to: "\(words[3])/seed-\(index)")
    }
  } catch { fail("\(error)") }
  exit(0)
}
guard let target = FuzzTarget.named(words[1]) else { fail("no target is called '\(words[1])'") }
fuzzed = target
rvgk_fuzz_watch_heap()
// What is made once for the process is no input's doing.
target.run([])

// libFuzzer reads its options behind the program's name.
var count = CInt(words.count - 1)
var arguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: words.count)
for (index, word) in ([words[0]] + words.dropFirst(2)).enumerated() {
  arguments[index] = strdup(word)
}
arguments[words.count - 1] = nil
var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = arguments
exit(
  LLVMFuzzerRunDriver(&count, &list) { bytes, count in
    fuzzed.judge([UInt8](UnsafeBufferPointer(start: bytes, count: count)))
    return 0
  })
