import RepVGG
import RepVGGImaging
import TestSupport
import Testing

@Suite struct ModelConfigurationTests {
  /// The form of the files beside the RepVGG weights on the Hugging Face hub.
  private static let hub = """
    {
      "architecture": "repvgg_a0", "num_classes": 1000, "num_features": 1280,
      "pretrained_cfg": {
        "tag": "rvgg_in1k", "custom_load": false, "input_size": [3, 224, 224],
        "fixed_input_size": false, "interpolation": "bilinear", "crop_pct": 0.875,
        "crop_mode": "center", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225],
        "num_classes": 1000, "pool_size": [7, 7], "first_conv": "stem.conv_kxk.conv",
        "classifier": "head.fc", "license": "mit", "test_crop_pct": null
      }
    }
    """

  private func read(_ text: String) throws -> ModelConfiguration {
    let folder = try TemporaryFolder()
    let path = try folder.file("config.json", Array(text.utf8))
    return try ModelConfiguration(contentsOf: path)
  }

  @Test func readsTheHubsForm() throws {
    let configuration = try read(Self.hub)
    #expect(configuration.architecture == "repvgg_a0")
    #expect(configuration.classCount == 1000)
    let preset = try #require(try configuration.preset(named: "hub"))
    #expect(preset.name == "hub")
    #expect(preset.resizeShortSide == 256 && preset.cropSize == 224)
    #expect(preset.filter == .bilinear)
    #expect(preset.mean == ImagePreset.imageNetMean)
    #expect(preset.standardDeviation == ImagePreset.imageNetStandardDeviation)
  }

  @Test func readsTheFlatForm() throws {
    let configuration = try read(
      #"{"input_size": [3,320,320], "crop_pct": 1.0, "interpolation": "bicubic", "#
        + #""mean": [0.5,0.25,0], "std": [1,5e-1,2.5E+0], "num_classes": 10}"#)
    let preset = try #require(try configuration.preset(named: "flat"))
    #expect(preset.resizeShortSide == 320 && preset.cropSize == 320)
    #expect(preset.filter == .bicubic)
    #expect(preset.mean == SIMD3(0.5, 0.25, 0))
    #expect(preset.standardDeviation == SIMD3(1, 0.5, 2.5))
    #expect(configuration.classCount == 10)
    #expect(configuration.architecture == nil)
  }

  @Test func theNestedValuesWinForPreprocessing() throws {
    let configuration = try read(
      #"{"crop_pct": 0.5, "num_classes": 7, "pretrained_cfg": {"crop_pct": 1, "num_classes": 9}}"#)
    #expect(configuration.cropFraction == 1)
    #expect(configuration.classCount == 7)
  }

  @Test func aFileWithoutPreprocessingHasNoPreset() throws {
    let configuration = try read(#"{"architecture": "x", "pretrained_cfg": null, "a": [{}, []]}"#)
    #expect(try configuration.preset(named: "x") == nil)
    #expect(configuration.missingPreprocessing == ["size", "mean", "std"])
    let part = try read(#"{"input_size": [3, 32, 32], "std": [1, 1, 1]}"#)
    #expect(try part.preset(named: "x") == nil)
    #expect(part.missingPreprocessing == ["mean"])
  }

  @Test(arguments: [
    #"{"label_names": ["ant", "bee"]}"#, #"{"labels": ["ant", "bee"]}"#,
    #"{"id2label": {"1": "bee", "0": "ant"}, "label2id": {"ant": 0}}"#,
    #"{"pretrained_cfg": {"label_names": ["ant", "bee"]}}"#,
  ])
  func readsNamesOfClasses(text: String) throws {
    let configuration = try read(text)
    #expect(configuration.classNames == [0: "ant", 1: "bee"])
    try configuration.check(classCount: 2)
    for wrong in [1, 3] {
      #expect(failure { try configuration.check(classCount: wrong) }?.kind == .badData)
    }
  }

  @Test func namesMayLeaveClassesOut() throws {
    let configuration = try read(#"{"num_classes": 9, "label_names": {"0": "ant", "7": "bee"}}"#)
    #expect(configuration.classNames == [0: "ant", 7: "bee"])
    try configuration.check(classCount: 9)
    #expect(failure { try configuration.check(classCount: 10) }?.kind == .badData)
    #expect(failure { try configuration.check(classCount: 7) }?.kind == .badData)
  }

  @Test func valuesStayAsTheyWereGiven() throws {
    let configuration = try read(
      #"{"mean": [0.406, 0.1, 1e-3], "strides": [2, 1, 2, 2, 2]}"#)
    #expect(configuration.mean == [0.406, 0.1, 0.001])
    #expect(configuration.strides == [2, 1, 2, 2, 2])
  }

  @Test func theFilesOwnConfigurationComesFirst() throws {
    let folder = try TemporaryFolder()
    let weights = folder.path("a.b.safetensors")
    try folder.file("config.json", Array(#"{"num_classes": 1}"#.utf8))
    try folder.file("a.b.config.json", Array(#"{"num_classes": 2}"#.utf8))
    let found = try #require(try ModelConfiguration.beside(weightsPath: weights))
    #expect(found.configuration.classCount == 2)
    let other = try ModelConfiguration.beside(weightsPath: folder.path("a.safetensors"))
    #expect(other?.configuration.classCount == 1)
    #expect(ModelConfiguration.ownPath(weightsPath: "w") == "w.config.json")
    #expect(ModelConfiguration.sharedPath(weightsPath: "w") == "config.json")
  }

  @Test func foundBesideTheWeights() throws {
    let folder = try TemporaryFolder()
    let weights = folder.path("model.safetensors")
    #expect(try ModelConfiguration.beside(weightsPath: weights) == nil)
    let path = try folder.file("config.json", Array(Self.hub.utf8))
    let found = try #require(try ModelConfiguration.beside(weightsPath: weights))
    #expect(found.path == path)
    #expect(found.configuration.architecture == "repvgg_a0")
  }

  @Test(arguments: [
    ("", RepVGGError.Kind.badData), ("[]", .badData), ("{", .badData), ("{} x", .badData),
    (#"{"crop_pct": 0}"#, .badData), (#"{"crop_pct": -1}"#, .badData),
    (#"{"crop_pct": 1e-300}"#, .badData), (#"{"crop_pct": 1e999}"#, .badData),
    (#"{"crop_pct": 1e300}"#, .badData), (#"{"crop_pct": NaN}"#, .badData),
    (#"{"crop_pct": 01}"#, .badData), (#"{"crop_pct": -}"#, .badData),
    (#"{"crop_pct": "0.875"}"#, .badData),
    (#"{"input_size": [3, 99999999999999999999, 1]}"#, .badData),
    (#"{"input_size": [3, 9223372036854775807, 9223372036854775807]}"#, .badData),
    (#"{"input_size": [3, 0, 0]}"#, .badData), (#"{"input_size": [3, -1, -1]}"#, .badData),
    (#"{"input_size": [3, 224, 224, 224]}"#, .badData),
    (#"{"input_size": [1, 224, 224]}"#, .unsupported), (#"{"input_size": []}"#, .unsupported),
    (#"{"input_size": [3, 224, 320]}"#, .unsupported),
    (#"{"interpolation": "lanczos"}"#, .unsupported),
    (#"{"crop_pct": 1, "crop_mode": "squash"}"#, .unsupported),
    (#"{"mean": [1, 2]}"#, .badData), (#"{"std": [1, 0, 1]}"#, .badData),
    (#"{"std": [1, 1e-60, 1]}"#, .badData), (#"{"mean": [1e60, 1, 1]}"#, .badData),
    (#"{"crop_pct": 1, "crop_pct": 1}"#, .badData), (#"{"a": tru}"#, .badData),
    (#"{"a": [1,]}"#, .badData),
    (#"{"a": "# + String(repeating: "[", count: 100_000), .badData),
    (#"{"a": "# + String(repeating: #"{"b":"#, count: 100_000), .badData),
    (#"{"a": ""# + String(repeating: "x", count: 1 << 24) + #""}"#, .badData),
    (#"{"label_names": ["a", 1]}"#, .badData), (#"{"label_names": "a"}"#, .badData),
    (#"{"id2label": {"a": "b"}}"#, .badData), (#"{"id2label": {"-1": "b"}}"#, .badData),
    (#"{"id2label": {"1": "b", "1": "c"}}"#, .badData),
    (#"{"id2label": {"99999999999999999999": "b"}}"#, .badData),
    (#"{"strides": [1, -1]}"#, .badData),
  ])
  func refusesImpossibleValues(text: String, kind: RepVGGError.Kind) throws {
    let complete = ModelConfiguration(.timm)
    let error = failure {
      _ = try read(text).filled(from: complete).preset(named: "x")
    }
    #expect(error?.kind == kind, "\(error as Any)")
  }

  @Test func mutatedTextNeverTraps() throws {
    let whole = Array(Self.hub.utf8)
    var failureCount = 0
    for position in whole.indices {
      for byte in [UInt8(ascii: "9"), UInt8(ascii: "\""), UInt8(ascii: "-"), 0, 0xff] {
        var bytes = whole
        bytes[position] = byte
        let error = failure {
          _ = try bytes.withUnsafeBytes { try ModelConfiguration(parsing: $0) }
        }
        #expect(error == nil || error?.kind == .badData || error?.kind == .unsupported)
        failureCount += error == nil ? 0 : 1
      }
    }
    #expect(failureCount > whole.count)
  }
}
