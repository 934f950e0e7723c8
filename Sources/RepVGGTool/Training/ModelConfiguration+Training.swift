import RepVGGImaging
import RepVGGTraining

extension ModelConfiguration {
  /// The preprocessing of a training run: whole images, at their size.
  ///
  /// - Parameters:
  ///   - source: The training images.
  ///   - model: The name of the architecture.
  init(_ source: any ImageSource, model: String) {
    self.init()
    architecture = model
    classCount = source.classCount
    classNames = (source as? ImageFolderSource).map {
      Dictionary(uniqueKeysWithValues: $0.classNames.enumerated().map { ($0, $1) })
    }
    inputSize = [3, source.height, source.width]
    cropFraction = 1
    interpolation = ResizeFilter.bilinear.rawValue
    mean = Self.threeChannels(source.normalization.mean)
    standardDeviation = Self.threeChannels(source.normalization.deviation)
  }

  /// One value for all channels, repeated three times.
  private static func threeChannels(_ values: [Double]) -> [Double] {
    values.count == 1 ? [values[0], values[0], values[0]] : values
  }
}
