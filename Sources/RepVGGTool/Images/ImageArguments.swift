import CommandLineKit

/// Arguments of the commands that print a result for each image.
enum ImageArguments {
  static let images = Positional(
    "IMAGE", .each(.path),
    help: "Image files and folders of them; - reads names from standard input.")

  static let labels = Option(
    "labels", .inputFile("txt"), defaultText: "the checkpoint's, else class indices",
    help: "Names of the classes, one per line.")

  static let jsonl = Flag(
    "jsonl", help: "Print one JSON object per line: the run, then one for every image.")

  /// The part of the images that is computed.
  ///
  /// - Parameter verb: What is done with images: `Classify`.
  /// - Returns: The option.
  static func shard(_ verb: String) -> Option<Shard> {
    Option(
      "shard", .shard, default: Shard(index: 0, count: 1),
      help: "\(verb) every N-th image from the I-th on; the shards 0/N to N-1/N together have all.")
  }
}
