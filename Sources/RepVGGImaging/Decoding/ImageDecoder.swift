import RepVGG

/// Turns image files into 8-bit RGB, pixel for pixel as Pillow's `Image.open(f).convert("RGB")`.
///
/// JPEG, PNG and WebP go through libjpeg-turbo, libpng and libwebp; portable maps (P2, P3, P5, P6)
/// and NumPy arrays of unsigned bytes are read here. The content decides, never the name.
///
/// - Alpha is dropped, not blended; colour profiles are ignored.
/// - Grey of 16 bits is clipped to 255, colour of 16 bits keeps its high byte (Pillow's rules).
/// - Of an animation the first frame is taken.
/// - A JPEG that ends before its last row is an error. Other damage that libjpeg gets over is
///   tolerated, as Pillow does, and told in ``DecodedImage/warning``.
/// - A PNG with a wrong checksum in its image data is an error (Pillow does not look).
///
/// A decoder holds no state: any number of threads may share one.
public struct ImageDecoder: Sendable, Hashable {
  /// What a file may claim before anything is allocated for it.
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

  /// What a file may claim.
  public var limits: Limits
  /// Whether a picture is turned as its EXIF orientation says; training pipelines do not.
  public var appliesOrientation: Bool

  /// A decoder.
  ///
  /// - Parameters:
  ///   - limits: What a file may claim.
  ///   - appliesOrientation: Whether a picture is turned as its EXIF orientation says.
  public init(limits: Limits = Limits(), appliesOrientation: Bool = false) {
    self.limits = limits
    self.appliesOrientation = appliesOrientation
  }

  /// Decodes a file.
  ///
  /// - Throws: `missingInput` for a name that is no readable regular file, `badData` for damage or
  ///   a claim beyond the limits, `unsupported` for other formats, `inputOutput`, `outOfMemory`;
  ///   always with the file's name.
  public func decode(contentsOf path: String) throws(RepVGGError) -> DecodedImage {
    let file = try FileBytes(contentsOf: path, maximumByteCount: limits.maximumByteCount)
    return try decode(file.bytes, name: path)
  }

  /// Decodes an image in memory.
  ///
  /// - Parameters:
  ///   - bytes: The file's content.
  ///   - name: What errors call it.
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

  /// Decodes an image in memory that the caller keeps in place.
  ///
  /// - Parameters:
  ///   - bytes: The file's content.
  ///   - name: What errors call it.
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

/// An image and what was noticed while it was decoded.
public struct DecodedImage: Sendable {
  /// The pixels.
  public var image: RGBImage
  /// The file's format.
  public var format: ImageFormat
  /// The first complaint of the codec about damage that it got over; nil for a sound file.
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
