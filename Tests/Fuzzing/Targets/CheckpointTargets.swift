import RepVGG

/// Files of weights and arrays: everything that they hold is read.
let checkpointTargets: [FuzzTarget] = [
  FuzzTarget(
    name: "safetensors", structure: SafetensorsStructure(),
    fixtures: [
      FixtureFiles("cases/13-safetensors", ".safetensors"),
      FixtureFiles("cases/hostile", ".safetensors"),
    ], builtIn: { CheckpointSeeds.safetensors }, body: readCheckpoint),
  FuzzTarget(
    name: "torch-zip", structure: ZipStructure(),
    fixtures: [
      FixtureFiles("cases/hostile", ".pth"), FixtureFiles("cases/12-tensor-kinds", ".pth"),
      FixtureFiles("cases/11-not-a-state-dict", ".pth", ".pt"),
      FixtureFiles("cases/06-training-extras", ".pth", ".ckpt"),
      FixtureFiles("cases/18-mmpretrain-and-official", ".pth", ".ckpt"),
    ], builtIn: { CheckpointSeeds.torchZip }, body: readCheckpoint),
  FuzzTarget(
    name: "torch-legacy", structure: PickleStructure(),
    fixtures: [FixtureFiles("tiny-containers", "legacy-nonzip.pth")],
    builtIn: { CheckpointSeeds.torchLegacy }, body: readCheckpoint),
  FuzzTarget(
    name: "npy", structure: LineStructure(),
    fixtures: [FixtureFiles("cases/14-npy-inputs", ".npy", maximumByteCount: 1 << 16)],
    builtIn: { CheckpointSeeds.npy },
    body: { input in
      let file = MemoryFile(input)
      let array = try NPYArray(contentsOf: file.path)
      let count = array.shape.reduce(1, *)
      let elements = try array.floats()
      precondition(elements.count == count)
    }),
  // Network assembly: names, types and shapes, and elements that are all zero.
  FuzzTarget(
    name: "network", structure: LineStructure(),
    // The file is some times larger than its description.
    budget: FuzzBudget(secondsPerByte: 4e-6, bytesPerByte: 256),
    builtIn: { try NetworkSeeds.all() },
    body: { input in
      guard let file = NetworkDescription(input).file() else { return }
      let checkpoint = try Checkpoint(contentsOf: file.path)
      // Blocks are found in what is no network too.
      if let merging = try? CheckpointMerging(checkpoint) {
        precondition(merging.copiedCount <= checkpoint.tensors.count)
      }
      let network = try Network(checkpoint)
      precondition(!network.nodes.isEmpty)
      precondition(network.parameterCount >= 0)
      // Merging is work by channel counts, not by the file.
      if network.parameterCount < 20_000 { _ = try network.reparameterized() }
    }),
]

/// Reads a checkpoint and every element of it.
@Sendable private func readCheckpoint(_ input: [UInt8]) throws {
  let file = MemoryFile(input)
  do throws(RepVGGError) {
    let checkpoint = try Checkpoint(contentsOf: file.path)
    for tensor in checkpoint.tensors.values where tensor.obstacle == nil {
      // Traps where the reader promised elements that are not there.
      let (floats, doubles) = (try tensor.floats(), try tensor.doubles())
      precondition(floats.count == tensor.count && doubles.count == tensor.count)
    }
  } catch {
    precondition(error.file == file.path, "an error without its file: \(error)")
    throw error
  }
}
