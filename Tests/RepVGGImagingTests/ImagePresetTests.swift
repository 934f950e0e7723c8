import RepVGG
import RepVGGImaging
import Testing

@Suite struct ImagePresetTests {
  @Test func publishedPresets() throws {
    #expect(ImagePreset.timm.resizeShortSide == 256 && ImagePreset.timm.cropSize == 224)
    #expect(ImagePreset.timmD2se.resizeShortSide == 320 && ImagePreset.timmD2se.cropSize == 320)
    #expect(ImagePreset.author.resizeShortSide == 224 && ImagePreset.author.cropSize == 224)
    #expect(try ImagePreset.timm(size: 224) == .timm)
    #expect(try ImagePreset.timm(size: 320, cropFraction: 1) == .timmD2se)
    #expect(try ImagePreset.timm(size: 288).resizeShortSide == 329)
    #expect(try ImagePreset.author(size: 224) == .author)
  }

  @Test func foundByName() throws {
    #expect(try ImagePreset.named("timm") == .timm)
    #expect(try ImagePreset.named("timm", architecture: "RepVGG-D2se") == .timmD2se)
    #expect(try ImagePreset.named("author", size: 320).cropSize == 320)
    #expect(failure { _ = try ImagePreset.named("imagenet") }?.kind == .invalidArgument)
  }

  @Test func theFractionGivesTheShortSideBack() throws {
    for (short, crop) in [(256, 224), (232, 224), (36, 32), (49, 7), (8192, 3), (3, 8192)] {
      let preset = try ImagePreset(name: "x", resizeShortSide: short, cropSize: crop)
      let again = try ImagePreset(name: "x", cropSize: crop, cropFraction: preset.cropFraction)
      #expect(again.resizeShortSide == short, "\(short), \(crop)")
    }
  }

  @Test func namesItselfInOneLine() {
    #expect(
      ImagePreset.timm.summary
        == "timm: short side 256, centre 224x224, bilinear, mean 0.485,0.456,0.406, "
        + "std 0.229,0.224,0.225")
  }

  @Test func refusesValuesOutOfRange() {
    #expect(failure { _ = try ImagePreset.timm(size: 0) } != nil)
    #expect(failure { _ = try ImagePreset.timm(size: .max) } != nil)
    for fraction in [0, -1, .nan, .infinity, 1e-9, 1e9, -0.0] {
      #expect(
        failure { _ = try ImagePreset.timm(size: 224, cropFraction: fraction) }?.kind
          == .invalidArgument, "\(fraction)")
    }
    for deviation in [SIMD3<Double>(0, 1, 1), [1, -1, 1], [1, 1, .nan], [.infinity, 1, 1]] {
      let error = failure {
        _ = try ImagePreset(
          name: "x", resizeShortSide: 8, cropSize: 8, standardDeviation: deviation)
      }
      #expect(error?.kind == .invalidArgument)
    }
    let error = failure {
      _ = try ImagePreset(name: "x", resizeShortSide: 8, cropSize: 8, mean: [0, .nan, 0])
    }
    #expect(error?.kind == .invalidArgument)
  }
}
