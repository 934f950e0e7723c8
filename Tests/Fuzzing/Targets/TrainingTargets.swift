import RepVGG
import RepVGGTraining

/// Data sets, and the states that training resumes from.
let trainingTargets: [FuzzTarget] = [
  FuzzTarget(
    name: "idx", structure: FlatStructure(),
    builtIn: {
      [
        [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3] + [UInt8](0..<12),
        [0, 0, 8, 1, 0, 0, 0, 5, 0, 1, 2, 3, 4],
      ]
    },
    body: { input in
      let file = MemoryFile(input)
      guard input.count < 4 || input[3] == 3 else {
        _ = try IDXFile(path: file.path, rank: 1)
        return
      }
      let images = try IDXFile(path: file.path, rank: 3)
      // As many labels as there are images, taken from the pixels.
      let count = images.shape[0]
      let size = Array(Pickle.littleEndian(UInt32(count)).reversed())
      let labels = (0..<count).map { images.elements[$0 % images.elements.count] }
      let labelFile = MemoryFile([0, 0, 8, 1] + size + labels)
      try read(
        MemoryImageSource(
          images: images, labels: IDXFile(path: labelFile.path, rank: 1), classCount: nil,
          normalization: .mnist, file: file.path))
    }),
  FuzzTarget(
    name: "cifar", structure: FlatStructure(recordByteCounts: [3073, 3074]),
    builtIn: {
      [[3] + [UInt8](repeating: 7, count: 3072), [1, 99] + [UInt8](repeating: 7, count: 3072)]
    },
    body: { input in
      let file = MemoryFile(input)
      let kind = input.count % 3074 == 0 ? CIFARKind.cifar100 : .cifar10
      try read(MemoryImageSource(cifar: [file.path], kind))
    }),
  FuzzTarget(
    name: "training-state", structure: SafetensorsStructure(),
    budget: FuzzBudget(seconds: 1, bytes: 32 << 20), builtIn: { try TrainingSeeds.states() },
    body: { input in
      let file = MemoryFile(input)
      let checkpoint = try Checkpoint(contentsOf: file.path)
      _ = Trainer<Float>.threadCount(of: checkpoint)
      let network = try TrainingSeeds.network()
      // Whatever the first of them thinks of it, the others see it too.
      let scales = Result { try RepOptimizerScales(checkpoint, for: network.architecture) }
      let loaded = Result { try network.load(checkpoint) }
      try TrainingSeeds.trainer(network).resume(from: checkpoint)
      _ = try (scales.get(), loaded.get())
    }),
]

/// Reads every image of a data set.
private func read(_ source: MemoryImageSource) throws {
  let size = source.height * source.width * source.channels
  let pixels = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: size)
  defer { pixels.deallocate() }
  for index in 0..<source.count {
    precondition((0..<source.classCount).contains(Int(source.label(at: index))))
    try source.read(at: index, into: pixels)
  }
}

/// The smallest training runs.
enum TrainingSeeds {
  static func network() throws -> TrainingNetwork<Float> {
    try TrainingNetwork(
      TrainingArchitecture(form: .branched, blockCounts: [1], channels: [2, 2], classCount: 2),
      batchSize: 2, imageHeight: 4, imageWidth: 4)
  }

  static func trainer(_ network: TrainingNetwork<Float>) throws -> Trainer<Float> {
    let source = try MemoryImageSource(
      pixels: [UInt8](repeating: 9, count: 4 * 48), labels: [0, 1, 0, 1], height: 4, width: 4,
      channels: 3, classCount: 2, normalization: .mnist)
    return try Trainer(
      network, data: DataSet(name: "seed", training: source, test: source),
      configuration: TrainingConfiguration(epochCount: 2))
  }

  /// The state at the start, in the middle and at the end of a run.
  static func states() throws -> [[UInt8]] {
    try [0, 3, 4].map { stop in
      let trainer = try trainer(network())
      _ = try trainer.run(shouldStop: { trainer.optimizer.stepCount >= stop })
      let path = "/tmp/repvgg-fuzz-state-\(stop)"
      try trainer.state().write(safetensors: path, replacing: true)
      return try [UInt8](contentsOf: path)
    }
  }
}
