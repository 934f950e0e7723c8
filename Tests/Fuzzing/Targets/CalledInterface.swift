import CRepVGG

/// The C interface as its callers see it: the input is a sequence of calls, right and wrong ones.
let calledInterface = FuzzTarget(
  name: "c-abi", structure: FlatStructure(maximumByteCount: 256),
  budget: FuzzBudget(seconds: 8, bytes: 256 << 20), builtIn: { InterfaceCalls.seeds },
  body: { input in
    var calls = InterfaceCalls(input)
    calls.make()
  })

/// The calls that an input stands for; at the end everything that was made is destroyed.
struct InterfaceCalls {
  private static let callLimit = 64
  private static let sessionLimit = 4
  private static let paths = [
    "Tests/Fixtures/tiny/train.safetensors", "Tests/Fixtures/tiny/deploy.pth",
    "Tests/Fixtures/tiny-se/train.pth", "Tests/Fixtures/tiny-plus-pse/train.pth",
    "Tests/Fixtures/tiny/input.npy", "Tests/Fixtures", "no such file", "",
    "Tests/Fixtures/universe/repvgg-fpn-seg/train_bnfolded_hw_op16.onnx",
  ]

  private var words: ArraySlice<UInt8>
  private var models: [OpaquePointer?] = [nil, OpaquePointer(bitPattern: 4096)]
  private var sessions: [OpaquePointer?] = [nil, OpaquePointer(bitPattern: 4101)]
  private var sessionCount = 0

  init(_ input: [UInt8]) { words = input[...] }

  static var seeds: [[UInt8]] {
    let load: [UInt8] = [0, 0, 0]
    let create: [UInt8] = [2, 2, 1, 32, 32, 1, 0, 2, 0, 0, 1]
    return [
      load + [1, 2] + create + [3, 2, 4, 2, 0, 0, 5, 2, 0, 6, 2, 4, 7, 2, 8, 2],
      load + create + [4, 2, 0, 0, 9, 2, 0, 9, 2, 3, 9, 2, 7],
      [0, 0, 8] + [2, 2, 1, 31, 39, 1, 0, 0, 0, 0, 1, 4, 2, 0, 0, 9, 2, 1, 9, 2, 0],
      load + [8, 2] + create + load + [2, 3, 2, 40, 24, 1, 1, 1, 1, 2, 0, 4, 2, 1, 1, 7, 2, 4, 2],
    ]
  }

  mutating func make() {
    for _ in 0..<Self.callLimit where !words.isEmpty { call() }
    // Handles of one kind do for the other what any wrong handle does.
    for handle in sessions + models { rvg_session_destroy(handle) }
    for handle in models + sessions { rvg_model_destroy(handle) }
  }

  private mutating func word() -> Int { Int(words.popFirst() ?? 0) }

  private mutating func model() -> OpaquePointer? {
    let index = word()
    return index > 200 ? sessions[index % sessions.count] : models[index % models.count]
  }

  private mutating func session() -> OpaquePointer? {
    let index = word()
    return index > 200 ? models[index % models.count] : sessions[index % sessions.count]
  }

  /// A side or a batch: mostly a small one, some that nothing can hold.
  private mutating func size(_ limit: Int) -> Int64 {
    let word = word()
    switch word {
    case 250: return .max
    case 251: return .min
    case 252: return -1
    case 253: return 1 << 32
    case 254: return 1 << 62
    case 255: return 0
    default: return Int64(word % limit + 1)
    }
  }

  /// A status is one of the known ones, and a failure has a reason.
  @discardableResult
  private func check(_ status: rvg_status) -> Bool {
    precondition(status.rawValue <= RVG_BUSY.rawValue, String(cString: rvg_last_error()))
    precondition(status == RVG_OK || rvg_last_error().pointee != 0)
    return status == RVG_OK
  }

  private mutating func call() {
    switch word() % 10 {
    case 0: load()
    case 1:
      var info = rvg_model_info()
      info.struct_size = word() == 1 ? 8 : MemoryLayout<rvg_model_info>.size
      check(rvg_model_get_info(model(), &info))
    case 2: create()
    case 3: check(rvg_session_get_info(session(), nil))
    case 4: run()
    case 5:
      var name: UnsafePointer<CChar>?
      if check(rvg_session_feature_name(session(), size(6) &- 1, &name)) {
        precondition(name != nil)
      }
    case 6: copyFeature()
    case 7: rvg_session_destroy(session())
    case 9: copyOutput()
    default: rvg_model_destroy(model())
    }
  }

  private mutating func load() {
    var options = rvg_model_options()
    options.struct_size = MemoryLayout<rvg_model_options>.size
    let choice = word()
    options.epsilon = [0, 1e-3, -1, .nan, .infinity, 1][choice % 6]
    if choice > 200 { options.struct_size = choice }
    var model: OpaquePointer?
    if check(rvg_model_load(Self.paths[word() % Self.paths.count], &options, &model)) {
      models.append(model)
    } else {
      precondition(model == nil)
    }
  }

  private mutating func create() {
    let model = model()
    let (batch, height, width) = (size(2), size(48), size(48))
    var options = rvg_session_options()
    options.struct_size = MemoryLayout<rvg_session_options>.size
    options.threads = Int32(truncatingIfNeeded: word() % 3)
    options.form = Int32(truncatingIfNeeded: word() % 4)
    options.policy = Int32(truncatingIfNeeded: word() % 4)
    options.algorithm = Int32(truncatingIfNeeded: word() % 5)
    options.reserved = word() == 255 ? 1 : 0
    options.collects_features = Int32(truncatingIfNeeded: word() % 2)
    guard sessionCount < Self.sessionLimit else { return }
    var session: OpaquePointer?
    if check(rvg_session_create(model, batch, height, width, &options, &session)) {
      sessions.append(session)
      sessionCount += 1
    } else {
      precondition(session == nil)
    }
  }

  private mutating func run() {
    let session = session()
    var info = rvg_session_info()
    info.struct_size = MemoryLayout<rvg_session_info>.size
    let isKnown = check(rvg_session_get_info(session, &info))
    let shrink = word() % 3
    let wrongStrides = word() == 255
    // Exactly as much memory as the call is told of, so that a byte too far is noticed.
    let inputCount = isKnown ? max(0, Int(info.batch * 3 * info.height * info.width) - shrink) : 8
    let outputCount = isKnown ? Int(info.output_element_count) : 8
    let input = [Float](repeating: 0.5, count: inputCount)
    var output = [Float](repeating: .nan, count: outputCount)
    let strides: [Int64] = [.max, -1, 1 << 62, 3]
    let status = rvg_session_run(
      session, input, Int64(inputCount), wrongStrides ? strides : nil, &output,
      Int64(outputCount), nil)
    if check(status) { precondition(output.allSatisfy(\.isFinite)) }
    precondition(status != RVG_OK || (isKnown && shrink == 0 && !wrongStrides))
  }

  private mutating func copyOutput() {
    let session = session()
    let index = size(8) &- 1
    var rank: Int64 = 0
    guard check(rvg_session_output_shape(session, index, nil, 0, &rank)) else { return }
    var shape = [Int64](repeating: 0, count: max(1, Int(rank)))
    check(rvg_session_output_shape(session, index, &shape, Int64(shape.count), &rank))
    var name: UnsafePointer<CChar>?
    precondition(check(rvg_session_output_name(session, index, &name)))
    var found: Int64 = -1
    precondition(check(rvg_session_output_index(session, name, &found)) && found == index)
    var output = [Float](repeating: 0, count: Int(shape.prefix(Int(rank)).reduce(1, *)))
    check(rvg_session_copy_output(session, index, &output, Int64(output.count)))
  }

  private mutating func copyFeature() {
    let session = session()
    let name = ["stage0", "stage4", "stage3_first", "", "nothing"][word() % 5]
    var shape: [Int64] = [0, 0, 0, 0]
    guard check(rvg_session_feature_shape(session, name, &shape)) else { return }
    var output = [Float](repeating: 0, count: Int(shape.reduce(1, *)))
    check(rvg_session_copy_feature(session, name, &output, Int64(output.count)))
  }
}
