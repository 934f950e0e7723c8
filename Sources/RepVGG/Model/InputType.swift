extension Network {
  /// The element type and shape of what a network is given, the batch included.
  public struct InputType: Sendable, Hashable {
    /// The type of the elements.
    public var elementType: ElementType
    /// The sizes, outermost first; nil if not even the rank is known.
    public var dimensions: [Dimension]?

    /// A tensor of a type and shape.
    public init(elementType: ElementType, dimensions: [Dimension]?) {
      self.elementType = elementType
      self.dimensions = dimensions
    }

    /// Images `[batch, channels, height, width]`, Float32, in batches and of sizes of any number.
    public init(channels: Int) {
      self.init(
        elementType: .float32,
        dimensions: [.symbol("batch"), .fixed(channels), .symbol("height"), .symbol("width")])
    }

    /// Whether these are images of a known number of channels.
    var isImage: Bool { dimensions?.count == 4 && channels > 0 && elementType == .float32 }

    /// The second dimension; 0 if it is not known.
    var channels: Int {
      guard let dimensions, dimensions.count > 1 else { return 0 }
      return dimensions[1].size ?? 0
    }
  }
}
