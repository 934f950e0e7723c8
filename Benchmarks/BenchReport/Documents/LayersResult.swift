/// What `repvgg-bench layers` found.
struct LayersResult: Sendable {
  struct Layer: Sendable {
    let name: String
    let algorithm: String
    let output: String
    let macs: Double
    let milliseconds: Double
    let share: Double
    let gigaflops: Double?
    let gigabytesPerSecond: Double?
    let intensity: Double?
    let bound: String
    let ofRoof: Double?
  }

  /// One network in one form on one input.
  struct Network: Sendable {
    let title: String
    let threads: Int
    let layers: [Layer]
    /// The sum of all layers.
    let total: Layer?
    let notes: [String]
  }

  struct Roof: Sendable {
    let threads: Int
    let peakGigaflops: Double
    let gigabytesPerSecond: Double
  }

  let networks: [Network]
  let roofs: [Roof]

  func roof(_ network: Network) -> Roof? { roofs.first { $0.threads == network.threads } }

  init(_ root: Entry) throws(ReportError) {
    var networks: [Network] = []
    for section in try root.entries("sections") {
      var layers: [Layer] = []
      var total: Layer?
      var threads = 0
      for row in try section.entries("rows") {
        let layer = try Layer(row)
        if layer.name == "all", layer.algorithm.isEmpty {
          total = layer
        } else {
          layers.append(layer)
        }
        threads = try row.integer("threads")
      }
      networks.append(
        Network(
          title: try section.text("title"), threads: threads, layers: layers, total: total,
          notes: section.texts("notes")))
    }
    var roofs: [Roof] = []
    for roof in try root.entries("roofline") {
      roofs.append(
        Roof(
          threads: try roof.integer("threads"),
          peakGigaflops: try roof.positive("peak_gflops"),
          gigabytesPerSecond: try roof.positive("bandwidth_gbs")))
    }
    self.networks = networks
    self.roofs = roofs
  }
}

extension LayersResult.Layer {
  fileprivate init(_ row: Entry) throws(ReportError) {
    name = try row.text("layer")
    algorithm = try row.text("algorithm")
    output = row.optionalText("output") ?? ""
    macs = try row.number("macs")
    milliseconds = try row.number("time_ns") / 1e6
    share = try row.number("share")
    gigaflops = row.optionalNumber("gflops")
    gigabytesPerSecond = row.optionalNumber("gbs")
    intensity = row.optionalNumber("operations_per_byte")
    bound = row.optionalText("bound") ?? ""
    ofRoof = row.optionalNumber("of_roof")
  }
}
