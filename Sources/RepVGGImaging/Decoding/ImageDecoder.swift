import RepVGG

/// Turns image files into 8-bit RGB, pixel for pixel as Pillow's `Image.open(f).convert("RGB")`.
///
/// JPEG, PNG and WebP are decoded by libjpeg-turbo, libpng and libwebp; portable maps (P2, P3, P5,
/// P6) and NumPy arrays of unsigned bytes are read here. The content decides the format, never the
/// name.
///
/// - Alpha is dropped, not blended; colour profiles are ignored.
/// - 16-bit grey is clipped to 255, 16-bit colour keeps its high byte (Pillow's rules).
/// - Only the first frame of an animation is decoded.
/// - A JPEG that ends before its last row is an error. Other damage from which libjpeg recovers is
///   tolerated, as in Pillow, and reported in ``DecodedImage/warning``.
/// - A PNG with a wrong checksum in its image data is an error (Pillow ignores it).
///
/// A decoder has no state: any number of threads may share one.
public struct ImageDecoder: Sendable, Hashable {
  /// The largest image and file that are accepted, checked before anything is allocated.
  public struct Limits: Sendable, Hashable {
    /// The largest number of pixels; Pillow's own limit by default.
    public var maximumPixelCount = 178_956_970
    /// The largest width or height.
    public var maximumDimension = 1_000_000
    /// The largest file.
    public var maximumByteCount = 1 << 30

    /// The default limits.
    public init() {}
  }

  /// The largest image and file that are accepted.
  public var limits: Limits
  /// Whether an image is rotated by its EXIF orientation; training pipelines do not do that.
  public var appliesOrientation: Bool

  /// A decoder.
  ///
  /// - Parameters:
  ///   - limits: The largest image and file that are accepted.
  ///   - appliesOrientation: Whether an image is rotated by its EXIF orientation.
  public init(limits: Limits = Limits(), appliesOrientation: Bool = false) {
    self.limits = limits
    self.appliesOrientation = appliesOrientation
  }

  /// Decodes a file.
  ///
  /// - Throws: `missingInput` for a path that is not a readable regular file, `badData` for damage
  ///   or a size beyond the limits, `unsupported` for other formats, `inputOutput`, `outOfMemory`;
  ///   always with the file's name.
  public func decode(contentsOf path: String) throws(RepVGGError) -> DecodedImage {
    let file = try FileBytes(contentsOf: path, maximumByteCount: limits.maximumByteCount)
    return try decode(file.bytes, name: path)
  }

  /// Decodes an image in memory.
  ///
  /// - Parameters:
  ///   - bytes: The file's content.
  ///   - name: The name of the image in errors.
  /// - Returns: The pixels, the format and the codec's warning.
  /// - Throws: As ``decode(contentsOf:)``.
  public func decode(_ bytes: [UInt8], name: String? = nil) throws(RepVGGError) -> DecodedImage {
    do {
      return try bytes.withUnsafeBytes { (bytes) throws(RepVGGError) in
        try decode(bytes, name: name)
      }
    } catch let error as RepVGGError {
      throw error
    } catch {
      throw RepVGGError(.internalInconsistency, "\(error)", file: name)
    }
  }

  /// Decodes an image in memory, without copying it.
  ///
  /// - Parameters:
  ///   - bytes: The file's content.
  ///   - name: The name of the image in errors.
  /// - Returns: The pixels, the format and the codec's warning.
  /// - Throws: As ``decode(contentsOf:)``.
  public func decode(
    _ bytes: UnsafeRawBufferPointer, name: String?
  ) throws(RepVGGError) -> DecodedImage {
    do {
      return try decodeUnnamed(bytes)
    } catch {
      guard let name else { throw error }
      throw error.inFile(name)
    }
  }

  private func decodeUnnamed(
    _ bytes: UnsafeRawBufferPointer
  ) throws(RepVGGError) -> DecodedImage {
    guard bytes.count > 0 else { throw RepVGGError(.badData, "the file is empty") }
    guard let format = ImageFormat(signatureOf: bytes) else {
      if let other = ImageFormat.unsupportedName(signatureOf: bytes) {
        throw RepVGGError(.unsupported, "\(other) files are not supported")
      }
      throw RepVGGError(.badData, "not an image: no known signature at its beginning")
    }
    var decoded =
      switch format {
      case .jpeg, .png, .webp: try decode(bytes, through: format)
      case .netpbm:
        DecodedImage(image: try NetpbmReader.read(bytes, limits: limits), format: format)
      case .npy:
        DecodedImage(image: try NPYImageReader.read(bytes, limits: limits), format: format)
      }
    if appliesOrientation, let orientation = ExifOrientation(in: bytes, format: format) {
      decoded.image = try decoded.image.applying(orientation)
    }
    return decoded
  }
}

/// An image and what the decoder reported about it.
public struct DecodedImage: Sendable {
  /// The pixels.
  public var image: RGBImage
  /// The file's format.
  public var format: ImageFormat
  /// The codec's first message about damage from which it recovered; nil for an intact file.
  public var warning: String?
}

extension ImageDecoder.Limits {
  /// Checks a size that a header claims, before memory for it is allocated.
  func check(width: Int, height: Int) throws(RepVGGError) {
    guard width >= 1, height >= 1 else {
      throw RepVGGError(.badData, "image size \(width)x\(height) is not positive")
    }
    guard width <= maximumDimension, height <= maximumDimension else {
      throw RepVGGError(
        .badData, "image size \(width)x\(height) exceeds the limit of \(maximumDimension) a side")
    }
    let (pixelCount, overflow) = width.multipliedReportingOverflow(by: height)
    // An eighth of the address space leaves room for samples of every format.
    guard !overflow, pixelCount <= min(maximumPixelCount, Int.max >> 5) else {
      throw RepVGGError(
        .badData,
        "image size \(width)x\(height) exceeds the limit of \(maximumPixelCount) pixels")
    }
  }
}
